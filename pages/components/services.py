"""What the pages need of the server they run in: its store, settings and mirror, handed over once at start."""

from dataclasses import dataclass

from survey.instrument import Catalogue
from survey.settings import Settings
from survey.sheets import MirrorWorker
from survey.store import Store


@dataclass(frozen=True)
class Services:
    """The things of one process that every page shares."""

    store: Store
    settings: Settings
    mirror: MirrorWorker

    @property
    def catalogue(self) -> Catalogue:
        """The instruments of this installation."""
        return self.store.catalogue


_provided: list[Services] = []


def provide(services: Services) -> None:
    """Hand the process's services to its pages; called by the server, once."""
    _provided[:] = [services]


def services() -> Services:
    """The services of this process."""
    return _provided[0]
