"""The mirror in Google Sheets: a copy of the answers where people live, never the store."""

from survey.sheets.client import MirrorError, SheetsConnection
from survey.sheets.layout import Cell
from survey.sheets.worker import MirrorWorker, connection_of, sync

__all__ = ["Cell", "MirrorError", "MirrorWorker", "SheetsConnection", "connection_of", "sync"]
