"""Single trials of a simulation, one row each, as a Parquet file."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oligotrial.files import replacing
from oligotrial.simulate.engine import CHUNK, Batch, simulate_rows
from oligotrial.simulate.trials import COLUMNS, column_names

__all__ = ["write_rows"]


def write_rows(batch: Batch, path: Path) -> None:
    """Write a row for each replicate of a batch.

    Columns are `replicate` and `draw` (of the truth), then those of `column_names`: `look` at
    which the trial ended, `decision` (1 efficacy, -1 futility, 0 neither), `month`, `events` (over
    both arms, since the start), `enrolled`, then what the analyses found at that look.

    Parameters
    ----------
    batch : Batch
        What to simulate.
    path : pathlib.Path
        The file, which is there whole or not at all. Chunks are written one after another, so
        that memory doesn't grow with the number of trials.

    Raises
    ------
    InputError
        If the file can't be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from oligotrial.hazard import Exponential
    >>> from oligotrial.simulate import Scenario
    >>> from oligotrial.trial import Accrual, AtEvents, Design, LogRank
    >>> control = Exponential(0.08)
    >>> world = Scenario("null", ("all",), np.ones(1), control, control).world()
    >>> design = Design(60, AtEvents(40), LogRank(0.10), Accrual(5.0))
    >>> with TemporaryDirectory() as folder:
    ...     write_rows(Batch(design, world, 100, 1), Path(folder) / "rows.parquet")
    ...     pq.read_table(Path(folder) / "rows.parquet").num_rows
    100
    """
    names = column_names(batch.design)
    schema = pa.schema(
        [
            ("replicate", pa.int64()),
            ("draw", pa.int64()),
            *((name, _type(name)) for name in names),
        ],
        metadata={"design": repr(batch.design), "seed": str(batch.seed), "digest": batch.digest},
    )
    with replacing(path) as part, pq.ParquetWriter(part, schema) as writer:
        for first in batch.starts:
            count = min(CHUNK, batch.replicates - first)
            replicate = np.arange(first, first + count)
            rows = simulate_rows(batch, first, count)
            columns = [replicate, replicate % batch.world.draws, *rows.T]
            arrays = [
                pa.array(column.astype(field.type.to_pandas_dtype()), field.type)
                for column, field in zip(columns, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _type(name: str) -> pa.DataType:
    whole = name in COLUMNS and name != "month"
    return pa.int32() if whole else pa.float64()
