"""Makes matplotlib draw into memory if a notebook asks for a backend that needs a screen."""

from __future__ import annotations

import functools
import re
import sys
from typing import Any

_OF_SCREENS = re.compile(r"(gtk\d|qt\d?|tk|wx)(agg|cairo)?|macosx", re.IGNORECASE)


def do_without_screen() -> None:
    """Make pyplot use agg instead of a backend that opens windows; figures stay open with both."""
    pyplot: Any = sys.modules["matplotlib.pyplot"]
    switch = pyplot.switch_backend
    choosing = False

    @functools.wraps(switch)
    def switch_backend(newbackend: Any) -> None:
        nonlocal choosing
        if not isinstance(newbackend, str):  # matplotlib tries several backends
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
