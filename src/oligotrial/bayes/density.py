"""The log density of a model, compiled once for all data sets of its structure.

PyTensor differentiates and compiles the graph; a C callback around it reads the data through
pointers. The callback is stored on disk under a digest of the graph (`graph`): where the same
structure was compiled before, by whatever process and for whatever data, neither PyTensor nor
numba does anything. Everything that comes from data or settings has to be data of the graph.
"""

# mypy: disable-error-code="no-untyped-call, union-attr, attr-defined"
# PyTensor's and numba's types are partial.

import ctypes
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numba
import numpy as np
import pytensor
import pytensor.tensor as pt
from numba import types
from nutpie.compile_pymc import CompiledPyMCModel, address_as_void_pointer
from pymc.pytensorf import compile as compile_graph
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph import clone_replace, rewrite_graph
from pytensor.graph.traversal import graph_inputs

from oligotrial.bayes.graph import graph_digest
from oligotrial.checks import InputError
from oligotrial.files import replacing

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["Density", "density"]

_POINTER = ctypes.POINTER(ctypes.c_double)

VERSIONS = " ".join(
    f"{name} {version(name)}" for name in ("pymc", "pytensor", "numba", "llvmlite", "numpy")
)
"""Packages whose versions decide how a graph is compiled."""

SIGNATURE = types.int64(
    types.uint64,
    types.CPointer(types.double),
    types.CPointer(types.double),
    types.CPointer(types.double),
    types.voidptr,
)
"""What the sampler calls: dimension, point, gradient (filled), log density (filled), data."""

FEW = 20
"""Elements of a tuple that is written out: numba doesn't read tuples of more than 30."""

TEMPLATE = '''"""A log density and its gradient, read through pointers."""

import numpy as np
from numba import carray


def log_density(dimension, point, gradient, value, user):
    """Fill the gradient and the log density; return 0, or what went wrong."""
    table = carray(user, ({words},), np.uintp)
    try:
{reading}
        given = {names}
        found, slope = compiled(*given)
    except Exception:
        return 1
    carray(value, (1,))[0] = found.item()
    total = 0.0
    for k in range({size}):
        gradient[k] = slope[k]
        total += slope[k]
    if not np.isfinite(total):
        return 3
    return 0 if np.isfinite(found.item()) else 4
'''


@dataclass(frozen=True, eq=False)
class Density:
    """A compiled log density.

    Parameters
    ----------
    size : int
        Free numbers that a sampler moves.
    data : tuple of (str, str, int)
        Name, type and dimensions of the arrays it reads, in order.
    callback : numba.core.ccallback.CFunc
        What the sampler calls.
    """

    size: int
    data: tuple[tuple[str, str, int], ...]
    callback: Any = field(repr=False)

    def at(self, arrays: Mapping[str, np.ndarray], start: np.ndarray) -> CompiledPyMCModel:
        """Return what nutpie samples: the density of given data.

        Parameters
        ----------
        arrays : mapping
            The data by name.
        start : numpy.ndarray
            Around which free numbers chains start, by up to 1 in each; shape (size,).

        Returns
        -------
        nutpie.compile_pymc.CompiledPyMCModel
            With one variable, `free`.
        """
        kept = [np.array(arrays[name], kind, order="C", ndmin=n) for name, kind, n in self.data]
        table = [number for each in kept for number in (each.ctypes.data, *each.shape)]
        user = np.array([*table, 0], np.uintp)

        def initial(seed: int | None = None) -> np.ndarray:
            return start + np.random.default_rng(seed).uniform(-1.0, 1.0, self.size)

        return CompiledPyMCModel(
            dims={},
            compiled_logp_func=self.callback,
            compiled_expand_func=_copying,
            initial_point_func=initial,
            shared_data={str(k): each for k, each in enumerate(kept)},  # kept alive by the model
            shared_var_keys={},
            user_data=user,
            n_expanded=self.size,
            shape_info=(["free"], [slice(0, self.size)], [(self.size,)]),
            logp_func=None,
            expand_func=None,
            _n_dim=self.size,
            _shapes={"free": (self.size,)},
            _coords={},
        )

    def value(
        self, arrays: Mapping[str, np.ndarray], point: np.ndarray
    ) -> tuple[float, np.ndarray]:
        """Return the log density and its gradient at a point.

        Parameters
        ----------
        arrays : mapping
            The data by name.
        point : numpy.ndarray
            Free numbers; shape (size,).

        Returns
        -------
        tuple of float and numpy.ndarray
            Log density and gradient, shape (size,); not finite where there is none.
        """
        model = self.at(arrays, point)
        given, slope, found = np.array(point, float), np.empty(self.size), np.empty(1)
        pointers = [each.ctypes.data_as(_POINTER) for each in (given, slope, found)]
        self.callback.ctypes(self.size, *pointers, model.user_data.ctypes.data)
        return float(found[0]), slope


def density(model: "pm.Model") -> Density:
    """Compile a model's log density and gradient, or find them compiled.

    Parameters
    ----------
    model : pymc.Model
        All data of it as `pm.Data`.

    Returns
    -------
    Density
        For these data and all others of the same structure.
    """
    points = [model.rvs_to_values[each] for each in model.free_RVs]
    total = model.logp()
    shared = sorted(
        (each for each in graph_inputs([total]) if isinstance(each, SharedVariable)),
        key=lambda each: str(each.name),
    )
    data = tuple((str(each.name), str(each.type.dtype), int(each.type.ndim)) for each in shared)
    shapes = _shapes(model, points)
    size = sum(int(np.prod(shape)) for shape in shapes)
    key = graph_digest([total], [*points, *shared])
    if key is not None:
        key = sha256(f"{VERSIONS} {TEMPLATE} {shapes} {key}".encode()).hexdigest()[:32]
    if key not in _FOUND:
        source = _source(size, data)
        callback = _stored(key, source) if key else None
        if callback is None:
            callback = _callback(key, source, _compiled(total, points, shapes, shared))
        _FOUND[key] = callback
    return Density(size, data, _FOUND[key] if key else callback)


def _shapes(model: "pm.Model", points: Sequence[Any]) -> list[tuple[int, ...]]:
    told = [each.type.shape for each in points]
    if all(None not in shape for shape in told):
        return told
    initial = model.initial_point()
    return [initial[str(each.name)].shape for each in points]


_FOUND: dict[str | None, Any] = {}
"""Callbacks that this process has."""


def _compiled(
    total: Any, points: Sequence[Any], shapes: Sequence[tuple[int, ...]], shared: Sequence[Any]
) -> Any:
    """Return PyTensor's numba function of the joined free numbers and the data."""
    total = rewrite_graph(
        total, include=["canonicalize", "stabilize", "local_remove_check_parameter"]
    )
    slopes = pt.concatenate([each.ravel() for each in pt.grad(total, list(points))])
    sizes = [int(np.prod(shape)) for shape in shapes]
    joined = pt.TensorType("float64", shape=(sum(sizes),))(name="free")
    ends = np.cumsum(sizes)
    parts = [
        joined[end - size : end].reshape(shape)
        for end, size, shape in zip(ends, sizes, shapes, strict=True)
    ]
    data = [each.type(name=each.name) for each in shared]
    swapped = dict(zip([*points, *shared], [*parts, *data], strict=True))
    outputs = clone_replace([total, slopes], swapped)
    function = compile_graph((joined, *data), outputs, mode="NUMBA", on_unused_input="ignore")
    return function.vm.jit_fn


def _source(size: int, data: Sequence[tuple[str, str, int]]) -> str:
    """Return the callback's source: its arrays' types are told, their shapes are read."""
    lines, names, word = [], [f"carray(point, ({size},))"], 0
    for number, (_, kind, dimensions) in enumerate(data):
        shape = ", ".join(f"int(table[{word + 1 + k}])" for k in range(dimensions))
        shape = f"({shape},)" if dimensions else "()"
        lines.append(f"        a{number} = carray(pointer(table[{word}]), {shape}, np.{kind})")
        names.append(f"a{number}")
        word += 1 + dimensions
    reading = "\n".join(lines) or "        pass"
    tuples = [f"({', '.join(names[k : k + FEW])},)" for k in range(0, len(names), FEW)]
    return TEMPLATE.format(words=max(word, 1), size=size, reading=reading, names=" + ".join(tuples))


def _folder() -> Path:
    return Path(pytensor.config.base_compiledir) / "oligotrial"


def _stored(key: str, source: str) -> Any:
    """Return the callback that was compiled before, if there is one for this machine."""
    file = _folder() / key / "density.py"
    if not any(file.parent.glob("__pycache__/*.nbi")):
        return None
    try:
        return _callback(key, source, None)
    except Exception:
        rmtree(file.parent, ignore_errors=True)
        return None


def _callback(key: str | None, source: str, compiled: Any) -> Any:
    """Compile the callback around a function; read it from the disk where there is none."""
    with TemporaryDirectory() as elsewhere:
        file = _written(key, source) if key else None
        stored = file is not None
        if file is None:  # compiled for this process only
            file = Path(elsewhere) / "density.py"
            file.write_text(source, encoding="utf-8")
        module = _module(f"oligotrial_density_{key or uuid4().hex}", file)
        vars(module).update(compiled=compiled, pointer=address_as_void_pointer)
        return numba.cfunc(SIGNATURE, cache=stored)(module.log_density)


def _module(name: str, file: Path) -> ModuleType:
    """Import a file, under a name by which numba finds it again."""
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module can be made of {file}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _written(key: str, source: str) -> Path | None:
    """Return the file of the callback's source, beside which numba stores what it compiles."""
    file = _folder() / key / "density.py"
    try:
        if not file.is_file() or file.read_text(encoding="utf-8") != source:
            with replacing(file) as part:
                part.write_text(source, encoding="utf-8")
    except (InputError, OSError):
        return None
    return file


@numba.cfunc(
    types.int64(
        types.uint64,
        types.uint64,
        types.CPointer(types.double),
        types.CPointer(types.double),
        types.voidptr,
    ),
    cache=True,
)
def _copying(dimension, size, point, copy, user):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Fill `copy` with the point: free numbers are stored as they are."""
    for k in range(size):
        copy[k] = point[k]
    return 0
