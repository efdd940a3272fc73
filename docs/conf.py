"""Sphinx's settings: MyST pages, the API from docstrings, the furo theme."""

import tomllib
from pathlib import Path

_project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]

project = _project["name"]
release = _project["version"]
author = _project["authors"][0]["name"]
project_copyright = author

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = f"oligotrial {release}"

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"

autodoc_typehints = "none"  # types stand in the docstrings
autodoc_member_order = "bysource"
napoleon_google_docstring = False

# Names that several packages have, such as a baseline and a hazard of one name, can't be linked
# from a docstring's types alone; in the text each is named with its package.
suppress_warnings = ["ref.python"]
