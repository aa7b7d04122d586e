"""How the site is built from these pages: `make docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from grader import __version__

project = "grader"
version = release = __version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "tools.site_pages"]
exclude_patterns = ["examples/**"]
root_doc = "index"

myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]

default_role = "code"  # what docstrings have in single backticks
autodoc_typehints = "none"  # the signature has them
napoleon_google_docstring = False

html_theme = "furo"
html_title = f"grader {__version__}"
html_copy_source = False
smartquotes = False  # `--out` is an option, not a dash

html_show_sphinx = False
html_show_copyright = False
html_permalinks = True
# Furo's own fonts are those of the reader's system: nothing is loaded from another place.
html_theme_options = {"navigation_with_keys": True}
