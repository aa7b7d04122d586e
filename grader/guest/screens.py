"""Having matplotlib draw into memory where a notebook asks for a screen, which is not there."""

from __future__ import annotations

import functools
import re
import sys
from typing import Any

_OF_SCREENS = re.compile(r"(gtk\d|qt\d?|tk|wx)(agg|cairo)?|macosx", re.IGNORECASE)


def do_without_screen() -> None:
    """Have pyplot take agg for a backend that opens windows; its figures stay open too."""
    pyplot: Any = sys.modules["matplotlib.pyplot"]
    switch = pyplot.switch_backend
    choosing = False

    @functools.wraps(switch)
    def switch_backend(newbackend: Any) -> None:
        nonlocal choosing
        if not isinstance(newbackend, str):  # matplotlib tries one after another
            choosing = True
            try:
                switch(newbackend)
            finally:
                choosing = False
            return
        try:
            switch(newbackend)
        except ImportError:
            if choosing or not _OF_SCREENS.fullmatch(newbackend):
                raise
            switch("agg")

    pyplot.switch_backend = switch_backend
