"""Printed numbers that a trial refers to, as ``marazzi2024:pfs_ar.median``."""

from oligotrial import evidence
from oligotrial.checks import InputError
from oligotrial.evidence import Statistic

__all__ = ["statistic"]


def statistic(reference: str, where: str | None = None) -> Statistic:
    """Look up a printed number.

    Parameters
    ----------
    reference : str
        Evidence and key, as ``marazzi2024:pfs_ar.median``.
    where : str, optional
        Who asks, for the message.

    Returns
    -------
    Statistic
        The number with its interval and place.

    Raises
    ------
    InputError
        If there is no such evidence or key.
    """
    source, colon, key = reference.partition(":")
    if not colon:
        raise InputError(
            f"'{reference}' is not of the form evidence:key, as in marazzi2024:pfs_ar.median",
            where=where,
        )
    try:
        return evidence.load(source)[key]
    except InputError as error:
        raise (error.within(where) if where else error) from None
