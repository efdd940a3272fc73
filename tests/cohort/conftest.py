import pytest

from oligotrial import cohort, evidence


@pytest.fixture(scope="session")
def marazzi():
    return evidence.load("marazzi2024")


@pytest.fixture(scope="session")
def reconstructed(marazzi):
    return cohort.reconstruct(marazzi, draws=4, seed=1, steps=100_000)


@pytest.fixture(scope="session")
def agreed(reconstructed, marazzi):
    return cohort.agreement(reconstructed, marazzi).set_index("statistic")
