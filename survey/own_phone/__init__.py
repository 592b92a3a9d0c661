"""Answering on one's own phone: the addresses that posters and links carry, and the poster itself."""

from survey.own_phone.address import AddressError, enrolment_address, link_table, visit_address
from survey.own_phone.poster import FORMATS, PAPERS, Poster, PosterError, print_poster, printable_languages, qr_svg

__all__ = [
    "FORMATS",
    "PAPERS",
    "AddressError",
    "Poster",
    "PosterError",
    "enrolment_address",
    "link_table",
    "print_poster",
    "printable_languages",
    "qr_svg",
    "visit_address",
]
