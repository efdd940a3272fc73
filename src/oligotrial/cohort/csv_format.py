"""CSV files as people, spreadsheets and other software write them."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from oligotrial.checks import InputError
from oligotrial.cohort.cells import text_column, trimmed
from oligotrial.cohort.sheet import Problem, Sheet, framed, shaped, summary

__all__ = ["Csv"]


@dataclass(frozen=True)
class Csv:
    """Text with a header and separated cells.

    Blanks around a cell are dropped; nothing, NA, NaN and a point alone are no value. A column
    of which every cell is a number is read as numbers. Lines of comment may come first.

    Parameters
    ----------
    separator : str
        What stands between cells.
    decimal : {".", ","}
        The decimal mark.
    encoding : str
        How text is encoded, for example "cp1252" or "latin-1".
    """

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"

    def read(self, path: Path) -> Sheet:
        """Return what the file holds."""
        text = self._text(path)
        label, said, text = _comments(text)
        verbatim = bool(said.get("verbatim", False))
        try:
            stream = io.StringIO(text, newline="")
            lines = list(csv.reader(stream, delimiter=self.separator, strict=True))
        except csv.Error as error:
            raise InputError(f"can't be read as CSV ({error})") from None
        header, rows = shaped([line for line in lines if line], hint=self._hint(text))
        kept = set(said.get("text", ()))
        if self.decimal == "," and not verbatim:
            _check_marks(header, rows)
        rows = [[self._cell(cell, verbatim=verbatim) for cell in row] for row in rows]

        def typed(cells: list[str | None], name: str) -> "pd.Series[Any]":
            return pd.Series(cells, dtype="str") if name in kept else text_column(cells)

        return Sheet(framed(header, rows, typed), label, said.get("levels", {}))

    def _text(self, path: Path) -> str:
        try:
            text = path.read_bytes().decode(self.encoding)
        except LookupError:
            raise InputError(f"there is no encoding '{self.encoding}'; try 'cp1252'") from None
        except UnicodeDecodeError as error:
            raise InputError(
                f"can't be read as CSV ({error}); if it is text in another encoding, say which: "
                "form=Csv(encoding='cp1252')"
            ) from None
        if "\x00" in text:
            raise InputError("can't be read as CSV: there are NUL bytes in it")
        return text.removeprefix("\ufeff")

    def _cell(self, cell: str, *, verbatim: bool) -> str | None:
        if verbatim:
            return cell or None
        text = trimmed(cell)
        if self.decimal == "," and text is not None:
            return _with_point(str(text))
        return None if text is None else str(text)

    def _hint(self, text: str) -> str:
        header = text.partition("\n")[0]
        for separator in ";\t|,":
            if separator != self.separator and separator in header:
                return f"; if cells are separated by {separator!r}: form=Csv({separator!r})"
        return ""


def _comments(text: str) -> tuple[str | None, dict[str, Any], str]:
    """Take the lines that `write` puts first off a text: the label, and what columns are."""
    label, said = None, dict[str, Any]()
    if text.startswith("#"):
        first, _, text = text.partition("\n")
        label = first.removeprefix("#").strip() or None
        if text.startswith("# columns:"):
            second, _, text = text.partition("\n")
            said = _said(second.removeprefix("# columns:"))
    return label, said, text


def _said(text: str) -> dict[str, Any]:
    problem = InputError(
        f"the line '# columns:' ({text.strip()[:60]}) isn't as it was written; take it out or "
        "write the file anew"
    )
    try:
        said = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise problem from None
    levels, kept = (said.get("levels", {}), said.get("text", [])) if type(said) is dict else (0, 0)
    lists = [*levels.values(), kept] if isinstance(levels, dict) else [0]
    if not all(isinstance(each, list) and all(isinstance(k, str) for k in each) for each in lists):
        raise problem
    return dict(said)


def _check_marks(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Refuse cells with a decimal point where the mark is a comma."""
    wrong = [
        Problem(number, name, f"'{cell.strip()}' has a decimal point, but decimal is ','")
        for number, row in enumerate(rows, start=1)
        for name, cell in zip(header, row, strict=True)
        if re.fullmatch(r"[+-]?\d*\.\d+", cell.strip(), re.ASCII)
    ]
    if wrong:
        raise InputError(f"{summary(wrong)}; write one mark throughout")


def _with_point(text: str) -> str:
    return text.replace(",", ".") if re.fullmatch(r"[+-]?\d*,\d+", text, re.ASCII) else text
