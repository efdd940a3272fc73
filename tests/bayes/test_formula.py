"""What a formula may be, and that nothing in it is ever run."""

import builtins

import pytest

from oligotrial.bayes import Formula, SurvivalModel
from oligotrial.bayes.terms import Bed, Linear, Monotone, Pooled
from oligotrial.checks import InputError

FULL = "Surv(time, event) ~ bed(schedule, alpha_beta=3.5) + monotone(line) + pooled(subtype) + age"


def test_a_formula_is_taken_apart():
    formula = Formula.parse(FULL)
    assert (formula.time, formula.event) == ("time", "event")
    assert set(formula.terms) == {
        Linear("age"),
        Bed("schedule", alpha_beta=3.5),
        Monotone("line"),
        Pooled("subtype"),
    }


@pytest.mark.parametrize("nothing", ["1", "0"])
def test_a_formula_may_have_no_terms(nothing):
    assert Formula.parse(f"Surv(months, seen) ~ {nothing}").terms == ()


def test_spaces_don_t_matter():
    spaced = Formula.parse("Surv( time ,event )~bed( schedule,reference_gy = 100 )")
    assert spaced.terms == (Bed("schedule", reference_gy=100.0),)


WRONG = {
    "": "is not of the form",
    "~ monotone(line)": "is not of the form",
    "time ~ age": "left side 'time' has to be Surv",
    "Surv(time) ~ age": "left side 'Surv\\(time\\)' has to be Surv\\(time, event\\)",
    "Surv(time, event, x=3) ~ age": "has to be Surv\\(time, event\\)",
    "Surv(time, event) + x ~ age": "the left side has to be Surv\\(time, event\\)",
    "Surv(time, event) ~ a ~ b": "is not of the form",
    "Surv(time, event) ~ ((((": "is not of the form",
    "Surv(time, event) ~ .": "is not of the form",
    "Surv(time, event) ~ a | b": "one part on the right; write \\+",
    "Surv(time, event) ~ a * a_value": "column 'a_value' is called as what belongs to 'a'",
    "Surv(time, event) ~ factor(g):a + factor(g)": "'a:g' needs 'a' in the formula|'g:a' needs 'a'",
    "Surv(time, event) ~ a:monotone(line) + a": "needs the main effect of 'line'",
    "Surv(time, event) ~ age + linear(age, per=10)": "two effects of 'age'",
    "Surv(time, event) ~ a:linear(b) + b:a": "two effects of 'b:a'|two effects of 'a:b'",
    "Surv(time, event) ~ linear(age, per=0)": "per: 0.0 is not a positive number",
    "Surv(time, event) ~ linear(age, centre='60')": "is not a number",
    "Surv(time, event) ~ factor(g, reference=low)": "'reference=low' .* is not a text in quotes",
    "Surv(time, event) ~ factor(g, reference='')": "is not a text in quotes",
    "Surv(time, event) ~ pooled(g, new_level='yes')": "is neither True nor False",
    "Surv(time, event) ~ pooled(g, sd=-1)": "sd: -1.0 is not a positive number",
    "Surv(time, event) ~ factor(g, missing='categorical') + tv(a)": "can't be averaged over beside",
    "Surv(time, event) ~ factor(g, missing='normal')": "is not one of 'categorical'",
    "Surv(time, event) ~ factor(g, missing='categorical') * a": "can't be part of an interaction",
    "Surv(time, event) ~ monotone(linear(a), missing='ordered')": "is of an ordered factor",
    "Surv(time, event) ~ spline(bed(s, form='spline'))": "draws a curve over what is one",
    "Surv(time, event) ~ tv(bed(s, form='spline'))": "a curve varies, for which there is no term",
    "Surv(time, event) ~ tv(pooled(g))": "nor one of linear, bed, factor",
    "Surv(time, event) ~ tv(a, cuts=(6, 3))": "cuts have to rise",
    "Surv(time, event) ~ tv(a, cuts=6)": "is not a list such as",
    "Surv(time, event) ~ tv(a, intervals=1)": "is not a whole number of at least 2",
    "Surv(time, event) ~ tv(a, intervals=2, cuts=(1, 2))": "give intervals or cuts, not both",
    "Surv(time, event) ~ spline(a, knots=2.5)": "is not a whole number",
    "Surv(time, event) ~ spline(linear(a), centre=3)": "has a centre of its own",
    "Surv(time, event) ~ monotone(line, pieces=3)": "an ordered factor has no pieces",
    "Surv(time, event) ~ threshold(a, width=0)": "width: 0.0 is not a positive number",
    "Surv(time, event) ~ horseshoe(a)": "needs two columns or more",
    "Surv(time, event) ~ horseshoe(a, b, relevant=2)": "is not above 0 and below the 2 columns",
    "Surv(time, event) ~ strata(a) * b": "can't be part of an interaction",
    "Surv(time, event) ~ bed(s, form='step')": "is not one of 'spline', 'threshold', 'monotone'",
    "Surv(time, event) ~ pooled(bed(schedule))": "'bed\\(schedule\\)' .* is not the name of a col",
    "Surv(time, event) ~ monoton(line)": "did you mean 'monotone'",
    "Surv(time, event) ~ monotone(line, alpha_beta=4)": "monotone takes pieces",
    "Surv(time, event) ~ monotone(line, age)": "has to name one column",
    "Surv(time, event) ~ monotone('line')": "is not the name of a column",
    "Surv(time, event) ~ bed()": "has to name one column",
    "Surv(time, event) ~ bed(schedule, alfa_beta=4)": "did you mean 'alpha_beta'",
    "Surv(time, event) ~ bed(schedule, alpha_beta=0)": "alpha_beta: 0.0 is not a positive number",
    "Surv(time, event) ~ bed(schedule, alpha_beta=-4)": "alpha_beta: -4.0 is not a positive",
    "Surv(time, event) ~ bed(schedule, alpha_beta=1e999)": "alpha_beta: inf is not a positive",
    "Surv(time, event) ~ bed(schedule, alpha_beta=True)": "'alpha_beta=True' .* is not a number",
    "Surv(time, event) ~ bed(schedule, alpha_beta='4')": "is not a number",
    "Surv(time, event) ~ bed(schedule, alpha_beta=-'4')": "is not a number",
    "Surv(time, event) ~ bed(schedule, alpha_beta=2+2)": "is not a number",
    "Surv(time, event) ~ bed(schedule) + bed(schedule, alpha_beta=3)": "two effects of 'bed'",
    "Surv(time, event) ~ age + shape": "can't be called 'shape'",
    "Surv(time, event) ~ x.y": "is not a column or a term",
    "Surv(time, event) ~ a[0]": "is not a column or a term",
}


@pytest.mark.parametrize(("text", "words"), WRONG.items())
def test_mistakes_are_told_in_words(text, words):
    with pytest.raises(InputError, match=words) as caught:
        SurvivalModel(text)
    assert caught.value.where == "key formula"
    assert "\n" not in str(caught.value)


INJECTIONS = [
    "Surv(time, event) ~ __import__('os')",
    "Surv(time, event) ~ __import__('os').system('true')",
    "__import__('os') ~ age",
    "Surv(time, __import__('os')) ~ age",
    "Surv(time, event) ~ bed(__import__('os'))",
    "Surv(time, event) ~ bed(schedule, alpha_beta=__import__('os'))",
    "Surv(time, event) ~ bed(schedule, **__import__('os').environ)",
    "Surv(time, event) ~ {__import__('os')}",
    "Surv(time, event) ~ `__import__('os')`",
    "Surv(time, event) ~ I(__import__('os'))",
    "Surv(time, event) ~ C(line, contr=__import__('os'))",
    "Surv(time, event) ~ (lambda: __import__('os'))()",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_code_in_a_formula_is_refused_and_never_run(text, monkeypatch):
    Formula.parse("Surv(time, event) ~ age")  # so that the parser's own imports are done
    ran = []
    original = builtins.__import__

    def watched(name, *arguments, **keywords):
        if name == "os" and not arguments:
            ran.append(name)
        return original(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", watched)
    with pytest.raises(InputError):
        Formula.parse(text)
    assert ran == []
