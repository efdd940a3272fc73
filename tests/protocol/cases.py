"""What tables of a trial.toml stand for: texts, and the exact objects that they become."""

from math import inf, log

from scipy.stats import norm, t

from oligotrial.estimators.cox_sample import BRESLOW
from oligotrial.estimators.log_ratio_prior import (
    MixtureLogRatio,
    NormalLogRatio,
    PointLogRatio,
    StudentTLogRatio,
)
from oligotrial.estimators.piecewise_table import EventQuantiles, GammaBaseline
from oligotrial.estimators.scale import LOG_LOG
from oligotrial.estimators.weight import FlemingHarrington
from oligotrial.trial import (
    FINKELSTEIN,
    SCORE,
    Accrual,
    AfterEnrolment,
    AtCalendar,
    AtEvents,
    AtLeast,
    Below,
    BetaSpending,
    Centre,
    CentreAccrual,
    ConditionalPower,
    CoxTest,
    Earlier,
    FixedFutility,
    GroupSequential,
    HaybittlePeto,
    HwangShihDeCani,
    Imaging,
    IntervalLogRank,
    KimDeMets,
    LanDeMetsPocock,
    Later,
    LogRank,
    MaxCombo,
    MilestoneDifference,
    ModestWeight,
    Monitored,
    MSplinePosterior,
    OBrienFleming,
    Observed,
    OffProtocol,
    PeriodAccrual,
    Pocock,
    PosteriorProbability,
    PredictiveProbability,
    Repeated,
    RestrictedMeanDifference,
    SequentialLogRank,
    SpendByMonths,
    StepWeight,
    ThreeOutcomes,
    UncertainAccrual,
    UserSpending,
    WangTsiatis,
    WeibullPosterior,
    WeightedLogRank,
    screening_rule,
)
from oligotrial.trial.decide import BY_PRECISION, BY_SIZE, INFORMATION

VISITS = 'every_weeks = [8]\nreason = "x"'
RATE = 48 / 96
SD = log(4) / norm.ppf(0.975)
WIDE = NormalLogRatio(0.0, SD)

ACCRUALS = {
    "centres": ("centres = 12\npatients = 48\nmonths = 96", Accrual(6.0)),
    "even": (
        'kind = "by-centre"\ncentres = 12\npatients = 48\nmonths = 96\npattern = "even"',
        Accrual(6.0, poisson=False),
    ),
    "uncertain": (
        "centres = 12\npatients = 48\nmonths = 96\nuncertain = true",
        UncertainAccrual(Accrual(6.0), 48.0),
    ),
    "opening, ramp and variation": (
        "centres = 3\npatients = 48\nmonths = 96\nramp_months = 6\nvariation = 0.5\n"
        "opening = [{ month = 4, centres = 2 }, { month = 0, centres = 1 }]",
        CentreAccrual(
            (Centre(RATE, 0.0, 6.0), Centre(RATE, 4.0, 6.0), Centre(RATE, 4.0, 6.0)), variation=0.5
        ),
    ),
    "periods": (
        'kind = "by-period"\nreason = "x"\nperiods = [{ from_month = 0, patients_per_month = 2 }, '
        "{ from_month = 6, patients_per_month = 5 }]",
        PeriodAccrual((0.0, 6.0), (2.0, 5.0)),
    ),
    "uncertain periods": (
        'kind = "by-period"\nreason = "x"\nuncertain_from_patients = 30\npattern = "even"\n'
        "periods = [{ from_month = 0, patients_per_month = 2 }]",
        UncertainAccrual(PeriodAccrual((0.0,), (2.0,), poisson=False), 30.0),
    ),
}

PRIOR = """\
prior = [
  { weight = 2, lower = 0.5, upper = 2, hazard_ratio = 1, level = 0.9 },
  { weight = 1, kind = "student-t", degrees = 4, lower = 0.5, upper = 2, hazard_ratio = 1 },
  { weight = 1, kind = "point", hazard_ratio = 0.8 },
]"""
MIXED = MixtureLogRatio(
    [
        (0.5, NormalLogRatio(0.0, log(4) / (2 * norm.ppf(0.95)))),
        (0.25, StudentTLogRatio(4.0, 0.0, log(4) / (2 * t.ppf(0.975, 4)))),
        (0.25, PointLogRatio(log(0.8))),
    ]
)


def posterior(text: str, *, stratified: bool = True) -> str:
    """Return the table of an analysis by posterior probability."""
    head = f'test = "posterior"\nalpha = 0.1\nstratified = {str(stratified).lower()}'
    return f'{head}\n[analysis.posterior]\nprobability = 0.9\nreason = "x"\n{text}'


NORMAL = "lower = 0.25\nupper = 4"

ANALYSES = {
    "log-rank": ('test = "log-rank"\nalpha = 0.1\nstratified = false', LogRank(0.1, False)),
    "Fleming-Harrington": (
        'test = "weighted-log-rank"\nalpha = 0.1\n'
        'weight = { kind = "fleming-harrington", rho = 0, gamma = 1 }',
        WeightedLogRank(0.1, FlemingHarrington(0.0, 1.0)),
    ),
    "modest": (
        'test = "weighted-log-rank"\nalpha = 0.1\nweight = { kind = "modest", until_months = 6 }',
        WeightedLogRank(0.1, ModestWeight(6.0)),
    ),
    "modest, limited": (
        'test = "weighted-log-rank"\nalpha = 0.1\nweight = { kind = "modest", most = 2 }',
        WeightedLogRank(0.1, ModestWeight(most=2.0)),
    ),
    "steps": (
        'test = "weighted-log-rank"\nalpha = 0.1\nstratified = false\n'
        'weight = { kind = "steps", ends_months = [3], values = [0, 1] }',
        WeightedLogRank(0.1, StepWeight.late(3.0), stratified=False),
    ),
    "MaxCombo": ('test = "max-combo"\nalpha = 0.05', MaxCombo(0.05)),
    "MaxCombo of two": (
        'test = "max-combo"\nalpha = 0.05\n'
        'weights = [{ kind = "fleming-harrington" }, { kind = "modest", most = 2 }]',
        MaxCombo(0.05, (FlemingHarrington(), ModestWeight(most=2.0))),
    ),
    "Cox": ('test = "cox"\nalpha = 0.1', CoxTest(0.1)),
    "Cox, non-inferior": (
        'test = "cox"\nalpha = 0.1\nby = "score"\nbound = 1.3\nties = "breslow"',
        CoxTest(0.1, SCORE, bound=1.3, ties=BRESLOW),
    ),
    "RMST": (
        'test = "restricted-mean"\nalpha = 0.1\nuntil_months = 18\nmargin_months = -1',
        RestrictedMeanDifference(0.1, 18.0, -1.0),
    ),
    "RMST within strata": (
        'test = "restricted-mean"\nalpha = 0.1\nuntil_months = 18\nstrata = "by-size"\n'
        "truncated = true",
        RestrictedMeanDifference(0.1, 18.0, strata=BY_SIZE, truncated=True),
    ),
    "milestone within strata": (
        'test = "milestone"\nalpha = 0.1\nat_months = 12\nstrata = "by-precision"',
        MilestoneDifference(0.1, 12.0, strata=BY_PRECISION),
    ),
    "milestone": (
        'test = "milestone"\nalpha = 0.1\nat_months = 12\nscale = "log-log"',
        MilestoneDifference(0.1, 12.0, LOG_LOG),
    ),
    "posterior": (posterior(NORMAL), PosteriorProbability(0.9, WIDE)),
    "posterior, its numbers": (
        posterior(
            "bound = 0.9\nhazard_ratio = 0.8\nlower = 0.4\nupper = 1.6\nlevel = 0.9\n"
            'hazards = { kind = "piecewise", ends_months = [6, 12], baseline_events = 1, '
            "baseline_rate = 0.08 }",
            stratified=False,
        ),
        PosteriorProbability(
            0.9,
            NormalLogRatio(log(0.8), log(4) / (2 * norm.ppf(0.95))),
            bound=0.9,
            intervals=(6.0, 12.0),
            baseline=GammaBaseline(1.0, 0.08),
            stratified=False,
        ),
    ),
    "posterior, three pieces": (
        posterior(f"{NORMAL}\nhazards = {{ intervals = 3 }}"),
        PosteriorProbability(0.9, WIDE, intervals=EventQuantiles(3)),
    ),
    "posterior, mixture prior": (posterior(PRIOR), PosteriorProbability(0.9, MIXED)),
    "Weibull posterior": (
        posterior(
            f'{NORMAL}\nhazards = {{ kind = "weibull", shape_sd = 0.5, baseline_events = 0.1, '
            "points = 64 }"
        ),
        WeibullPosterior(0.9, WIDE, shape_sd=0.5, baseline_events=0.1, points=64),
    ),
    "M-spline posterior": (
        posterior(
            f'{NORMAL}\nhazards = {{ kind = "m-spline", inner_months = [6, 12], last_months = 24, '
            "smoothness_sd = 0.5, baseline_events = 0.1, points = 128 }"
        ),
        MSplinePosterior(
            *(0.9, WIDE, (6.0, 12.0), 24.0), smoothness_sd=0.5, baseline_events=0.1, points=128
        ),
    ),
}

DESIGN = "patients = [120]\nevents_per_patient = 0.75"


def design(text: str) -> dict[str, str]:
    """Return the table of a design of 120 patients and 90 events."""
    return {"design": f"{DESIGN}\n{text}"}


def looks(text: str) -> dict[str, str]:
    return design(f'[design.looks]\nreason = "x"\n{text}')


def monitoring(text: str) -> dict[str, str]:
    return design(f'[design.monitoring]\nreason = "x"\n{text}')


def plan(*args, **kwargs):
    return SequentialLogRank(GroupSequential((0.5, 1.0), 0.1, *args, **kwargs), 90)


TWO = (AtEvents(45), AtEvents(90))
BAYES = {"analysis": posterior(NORMAL)}
BELIEF = PosteriorProbability(0.9, WIDE)

DESIGNS = {
    "fixed": (design(""), AtEvents(90), LogRank(0.1)),
    "at a month": (design("when = { month = 30 }"), AtCalendar(30.0), LogRank(0.1)),
    "whichever is earlier": (
        design("when = { earlier = [{ fraction_of_events = 1 }, { month = 60 }] }"),
        Earlier((AtEvents(90), AtCalendar(60.0))),
        LogRank(0.1),
    ),
    "with follow-up": (
        design(
            "when = { later = [{ fraction_of_events = 0.9 }, { months_after_enrolment = 6 }, "
            "{ months_after_enrolment = 12, fraction_of_patients = 0.5 }] }"
        ),
        Later((AtEvents(81), AfterEnrolment(120, 6.0), AfterEnrolment(60, 12.0))),
        LogRank(0.1),
    ),
    "group-sequential": (looks("fractions = [0.5, 1]"), TWO, plan()),
    "Pocock": (
        looks('fractions = [0.5, 1]\nefficacy = { spending = "pocock" }'),
        TWO,
        plan(LanDeMetsPocock()),
    ),
    "Kim-DeMets": (
        looks('fractions = [0.5, 1]\nefficacy = { spending = "kim-demets", parameter = 3 }'),
        TWO,
        plan(KimDeMets(3.0)),
    ),
    "one's own spending": (
        looks(
            "fractions = [0.5, 1]\n"
            'efficacy = { spending = "own", at = [0.5, 1], cumulative = [0.01, 0.1] }'
        ),
        TWO,
        plan(UserSpending((0.5, 1.0), (0.01, 0.1))),
    ),
    "classical O'Brien-Fleming": (
        looks('fractions = [0.5, 1]\nefficacy = { spending = "classical-obrien-fleming" }'),
        TWO,
        plan(OBrienFleming()),
    ),
    "classical Pocock": (
        looks('fractions = [0.5, 1]\nefficacy = { spending = "classical-pocock" }'),
        TWO,
        plan(Pocock()),
    ),
    "Wang-Tsiatis": (
        looks('fractions = [0.5, 1]\nefficacy = { spending = "wang-tsiatis", parameter = 0.25 }'),
        TWO,
        plan(WangTsiatis(0.25)),
    ),
    "Haybittle-Peto": (
        looks('fractions = [0.5, 1]\nefficacy = { spending = "haybittle-peto", parameter = 3 }'),
        TWO,
        plan(HaybittlePeto(3.0)),
    ),
    "futility by beta": (
        looks(
            "fractions = [0.5, 1]\nobey_futility = false\n"
            'futility = { spending = "hwang-shih-decani", parameter = -2, beta = 0.2 }'
        ),
        TWO,
        plan(futility=BetaSpending(HwangShihDeCani(-2.0), 0.2)),
    ),
    "futility by one's own": (
        looks(
            'fractions = [0.5, 1]\nfutility = { spending = "own", at = [0.5, 1], '
            "cumulative = [0.05, 0.2], beta = 0.2 }"
        ),
        TWO,
        plan(futility=BetaSpending(UserSpending((0.5, 1.0), (0.05, 0.2)), 0.2)),
    ),
    "binding bounds": (
        looks("fractions = [0.5, 1]\nfutility = { bounds = [0.0], binding = true }"),
        TWO,
        plan(futility=FixedFutility((0.0,), binding=True)),
    ),
    "looks by the calendar": (
        looks("fractions = [0.5, 1]\nwhen = [{ month = 18 }, { fraction_of_events = 1 }]"),
        (AtCalendar(18.0), AtEvents(90)),
        Repeated(LogRank(0.1), GroupSequential((0.5, 1.0), 0.1)),
    ),
    "alpha spent by events seen": (
        looks(
            'spend_by = "events"\nfractions = [0.5, 1]\n'
            "when = [{ month = 18 }, { fraction_of_events = 1 }]"
        ),
        (AtCalendar(18.0), AtEvents(90)),
        Observed(plan()),
    ),
    "alpha spent by months": (
        {
            **looks(
                'spend_by = "months"\nfractions = [0.5, 1]\nwhen = [{ month = 18 }, { month = 36 }]'
            ),
            "analysis": 'test = "cox"\nalpha = 0.1',
        },
        (AtCalendar(18.0), AtCalendar(36.0)),
        Repeated(CoxTest(0.1), Observed(plan(), SpendByMonths((18.0, 36.0)))),
    ),
    "looks with Cox": (
        {**looks("fractions = [0.5, 1]"), "analysis": 'test = "cox"\nalpha = 0.1'},
        TWO,
        Repeated(CoxTest(0.1), GroupSequential((0.5, 1.0), 0.1)),
    ),
    "posterior monitored": (
        {
            **monitoring("fractions = [0.5, 1]\nefficacy = [0.99]\nfutility = [0.1]"),
            **BAYES,
        },
        TWO,
        Monitored(BELIEF, (0.99, 0.9), (0.1, 0.9)),
    ),
    "posterior monitored, three outcomes": (
        {
            **monitoring(
                'statistic = "analysis"\nefficacy = [inf, 0.99]\nfutility = [-inf, 0.1, 0.6]\n'
                "obey_futility = false\n"
                "when = [{ month = 12 }, { month = 24 }, { fraction_of_events = 1 }]"
            ),
            **BAYES,
        },
        (AtCalendar(12.0), AtCalendar(24.0), AtEvents(90)),
        Monitored(BELIEF, (inf, 0.99, 0.9), (-inf, 0.1, 0.6)),
    ),
    "predictive probability": (
        {
            **monitoring(
                'statistic = "predictive-probability"\nfractions = [0.5, 1]\n'
                "efficacy = [inf]\nfutility = [0.05]"
            ),
            **BAYES,
        },
        TWO,
        Monitored(
            PredictiveProbability(0.5, BELIEF, 90, WIDE), efficacy=(inf, 1.0), futility=(0.05, 1.0)
        ),
    ),
    "predictive probability of a log-rank test": (
        monitoring(
            'statistic = "predictive-probability"\nfractions = [0.5, 1]\n'
            f"efficacy = [0.99]\nfutility = [0.05]\n{PRIOR}"
        ),
        TWO,
        Monitored(
            PredictiveProbability(0.5, LogRank(0.1), 90, MIXED), (0.99, 1.0), futility=(0.05, 1.0)
        ),
    ),
    "conditional power": (
        monitoring(
            'statistic = "conditional-power"\nhazard_ratio = 0.65\nfractions = [0.5, 1]\n'
            "efficacy = [inf]\nfutility = [0.1]"
        ),
        TWO,
        Monitored(ConditionalPower(0.5, LogRank(0.1), 90, 0.65), (inf, 1.0), (0.1, 1.0)),
    ),
    "screening": (
        design('screening = { hazard_ratio = 0.5, beta = 0.3, reason = "x" }')
        | {"analysis": "alpha = 0.001"},
        AtEvents(90),
        screening_rule(0.001, hazard_ratio=0.5, events=90, beta=0.3),
    ),
    "screening by several numbers": (
        {
            **design(
                '[design.screening]\nreason = "x"\nstop = [{ below = 0.5 }]\n'
                'go = [{ at_least = 0.9 }, { column = "estimate", below = -0.1 }]'
            ),
            **BAYES,
        },
        AtEvents(90),
        ThreeOutcomes(BELIEF, (AtLeast(0.9), Below(-0.1, "estimate")), Below(0.5)),
    ),
    "screening by a posterior": (
        {**design('screening = { stop_below = 0.5, reason = "x" }'), **BAYES},
        AtEvents(90),
        ThreeOutcomes(BELIEF, AtLeast(0.9), Below(0.5)),
    ),
}

OTHERS = {
    "allocation": (
        design("allocation = [1, 2]\nblock_size = 6\nlongest_months = 60"),
        {
            "allocation": (1, 2),
            "block_size": 6,
            "experimental_share": 2 / 3,
        },
    ),
    "dropout": (
        {"dropout": 'per_year = 0\nexperimental = { per_year = 0.5 }\nreason = "x"'},
        {"dropouts": (0.0, log(2) / 12)},
    ),
    "imaging": (
        {
            "imaging": "every_weeks = [8, 12]\nuntil_weeks = [48]\nwindow_weeks = 1.5\n"
            'missed = 0.05\nreason = "x"\nexperimental = { every_weeks = [6] }'
        },
        {"calendars": (Imaging((8.0, 12.0), (48.0,), 1.5, 0.05), Imaging((6.0,)))},
    ),
    "interval-censored": (
        {
            "imaging": VISITS,
            "analysis": 'test = "interval-log-rank"\nalpha = 0.1\nscores = "finkelstein"',
        },
        {"test": IntervalLogRank(0.1, FINKELSTEIN)},
    ),
    "interval-censored, visits by arm": (
        {
            "imaging": f"{VISITS}\nexperimental = {{ every_weeks = [12] }}",
            "analysis": 'test = "interval-log-rank"\nalpha = 0.1\nvariance = "information"',
        },
        {"test": IntervalLogRank(0.1, variance=INFORMATION)},
    ),
    "off protocol": (
        {
            "off_protocol": "share = 0.3\nafter_months = 1\nwithin_months = 2\n"
            'mean_wait_months = 3\nreason = "x"'
        },
        {"off_protocol": OffProtocol(0.3, 1.0, 2.0, 3.0)},
    ),
}
