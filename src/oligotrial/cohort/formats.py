"""The formats of files with patient rows: CSV, Excel, Parquet, SAS."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import pandas as pd

from oligotrial.checks import InputError, readable_file, suggestion
from oligotrial.cohort.cells import column, trimmed
from oligotrial.cohort.csv_format import Csv
from oligotrial.cohort.sheet import Problem, Sheet, framed, named, shaped, summary

__all__ = ["FORMS", "Csv", "Excel", "Form", "Parquet", "Sas", "load"]


class Form(Protocol):
    """A way to read a file; an error that it doesn't foresee is told as a broken file."""

    def read(self, path: Path) -> Sheet:
        """Return what the file holds."""
        ...


@dataclass(frozen=True)
class Excel:
    """An .xlsx workbook whose sheet has the header in its first row.

    Parameters
    ----------
    sheet : str, optional
        The sheet's name; needed where there is more than one.
    """

    sheet: str | None = None

    def read(self, path: Path) -> Sheet:
        """Return what the sheet holds."""
        values, formulas = (self._cells(path, data_only=only) for only in (True, False))
        wrong = [
            Problem(row, str(values[0][place]), text)
            for row, cells in enumerate(values)
            for place, cell in enumerate(cells)
            if (text := _uncomputed(cell, formulas[row][place]))
        ]
        if wrong:
            raise InputError(summary(wrong))
        header, rows = shaped(values)
        cells = [[trimmed(cell) for cell in row] for row in rows]
        return Sheet(framed(header, cells, lambda each, _: column(each)))

    def _cells(self, path: Path, *, data_only: bool) -> list[list[Any]]:
        from openpyxl import load_workbook

        with path.open("rb") as stream:
            book = load_workbook(stream, read_only=True, data_only=data_only)
            sheets = {sheet.title: sheet for sheet in book.worksheets}
            sheet = sheets[self._sheet_of(list(sheets))]
            sheet.reset_dimensions()
            rows = list(sheet.iter_rows(values_only=True))
        width = max(map(len, rows), default=0)
        return [[*row, *[None] * (width - len(row))] for row in rows]

    def _sheet_of(self, names: list[str]) -> str:
        if self.sheet is None and len(names) == 1:
            return names[0]
        if self.sheet is None:
            raise InputError(
                f"there are {len(names)} sheets ({', '.join(names)}); say which: "
                "form=Excel(sheet='...')"
            )
        if self.sheet not in names:
            raise InputError(
                f"there is no sheet '{self.sheet}'{suggestion(self.sheet, names)}; sheets are "
                f"{', '.join(names)}"
            )
        return self.sheet


@dataclass(frozen=True)
class Parquet:
    """A Parquet file; an index is a column where it has a name."""

    def read(self, path: Path) -> Sheet:
        """Return what the file holds."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        with path.open("rb") as stream:
            table = pq.read_table(stream, page_checksum_verification=True)
        named(table.column_names)
        nested = [each.name for each in table.schema if pa.types.is_nested(each.type)]
        if nested:
            raise InputError(f"column {nested[0]} holds lists; a cell is one value")
        table = table.select([name for name in table.column_names if name[:8] != "__index_"])
        return Sheet(table.to_pandas(ignore_metadata=True))


@dataclass(frozen=True)
class Sas:
    """A SAS transport file (XPT) or data set (sas7bdat).

    Names of variables are written small, for SAS takes no notice of case; blanks at the end of
    texts are dropped and blank texts are no value. Value labels (formats of the user's own) are
    in another file: say what codes mean by `levels`.

    Parameters
    ----------
    encoding : str, optional
        How text is encoded; what the file says (sas7bdat), UTF-8 (XPT) when left out.
    """

    encoding: str | None = None

    def read(self, path: Path) -> Sheet:
        """Return what the file holds."""
        # Not pandas.read_sas: it reads a zero in a transport file as 5.4e-79 (pandas 3.1.1).
        from pyreadstat import read_sas7bdat, read_xport

        transport = path.suffix.lower() == ".xpt"
        if transport and path.stat().st_size % _XPT_RECORD:
            raise InputError("is cut short: a transport file is a number of records of 80 bytes")
        try:
            rows, _ = (read_xport if transport else read_sas7bdat)(path, encoding=self.encoding)
        except UnicodeDecodeError as error:
            raise InputError(f"{error}; say how text is encoded: form=Sas('cp1252')") from None
        rows = rows.rename(columns=lambda name: str(name).strip().lower())
        for name in rows.columns[~rows.dtypes.map(pd.api.types.is_numeric_dtype)]:
            rows[name] = column([_sas_cell(cell) for cell in rows[name]])
        return Sheet(rows)


FORMS: Final[Mapping[str, Form]] = {
    ".csv": Csv(),
    ".tsv": Csv("\t"),
    ".parquet": Parquet(),
    ".xlsx": Excel(),
    ".xpt": Sas(),
    ".sas7bdat": Sas(),
}
"""How a file is read, by the ending of its name."""

_XPT_RECORD: Final = 80


def load(path: str | Path, form: Form | None = None) -> Sheet:
    """Read a file as it is.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    form : Form, optional
        How to read it; by the ending of its name when left out.

    Returns
    -------
    Sheet
        Its rows, not validated.

    Raises
    ------
    InputError
        If there is no such file, its ending is unknown, or it can't be read.
    """
    file, where = readable_file(Path(path), "cohort"), str(path)
    if form is None and file.suffix.lower() not in FORMS:
        raise InputError(
            f"the ending '{file.suffix}' is unknown{suggestion(file.suffix, FORMS)}; cohorts are "
            f"read from {', '.join(FORMS)} (save other workbooks as .xlsx), or with form=Csv()",
            where=where,
        )
    try:
        if file.stat().st_size == 0:
            raise InputError("is empty; give a file with a header and at least one row")
        sheet = (form or FORMS[file.suffix.lower()]).read(file)
        named(sheet.rows.columns)
    except InputError as error:
        raise error.within(where) from None
    except OSError as error:
        raise InputError(f"can't be read ({error.strerror or error})", where=where) from None
    except Exception as error:  # a library's reader on a broken file may raise anything
        told = f"{type(error).__name__}: {error}"[:200]
        raise InputError(
            f"is damaged or is no {file.suffix.lstrip('.')} file ({told}); save it anew",
            where=where,
        ) from None
    return Sheet(sheet.rows.reset_index(drop=True), sheet.label, sheet.levels)


def _uncomputed(cell: object, formula: object) -> str:
    from openpyxl.cell.cell import ERROR_CODES

    if cell in ERROR_CODES:
        return f"the cell holds the error {cell}; mend its formula"
    if cell is None and formula is not None:
        return f"the formula {formula} was never computed; open the file and save it"
    return ""


def _sas_cell(cell: Any) -> object:
    if isinstance(cell, str):
        return cell.rstrip() or None
    return None if pd.isna(cell) else cell
