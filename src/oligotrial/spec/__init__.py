"""A trial as a TOML file: read, checked against the evidence, and turned into objects."""

from oligotrial.protocol import statistic
from oligotrial.spec.reading import read_study
from oligotrial.spec.study import Study
from oligotrial.spec.trial import TrialSpec

__all__ = ["Study", "TrialSpec", "read_study", "statistic"]
