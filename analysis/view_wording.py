"""What a view is called: its period, the ways of answering, who answered."""

from typing import Final

from analysis.language import say, sayable
from analysis.view import ALL_MODES, View

WINDOW_NAMES: Final = {
    "all": sayable("All"),
    "12": sayable("12 months"),
    "6": sayable("6 months"),
    "3": sayable("3 months"),
}
MODE_NAMES: Final = {
    ALL_MODES: sayable("All modes together"),
    "kiosk": sayable("Kiosk"),
    "own_device": sayable("Own device"),
    "paper": sayable("Paper"),
    "import": sayable("Imported"),
}
RESPONDENT_NAMES: Final = {
    "patient": sayable("Patients themselves"),
    "proxy": sayable("Relatives and carers"),
    "assisted": sayable("Patients with help from staff"),
    "proxy_or_assisted": sayable("Relatives, carers and patients with help"),
}


def say_strata(view: View) -> str:
    """Which kinds of answers stand together in a view: answers on a kiosk run more favourable than mailed ones."""
    modes = say("Kiosk, own device and paper together")
    if view.mode != ALL_MODES:
        modes = say("{mode} only", mode=say(MODE_NAMES[view.mode]))
    return say("{modes}; patients, their relatives and assisted answers together.", modes=modes)
