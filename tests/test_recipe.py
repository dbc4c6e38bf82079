"""Recipes refuse what they do not know; the one cycle rises once and falls."""

import numpy as np
import pytest

from helpers.recipe import ARTICLE, CHOICES, SOUND, Recipe


def test_one_cycle():
    rates = np.array([SOUND.learning_rate_at(p) for p in np.linspace(0, 1, 201)])
    top = rates.argmax()
    assert rates[top] == pytest.approx(SOUND.learning_rate, rel=0.01)
    assert (np.diff(rates[: top + 1]) > 0).all() and (np.diff(rates[top:]) < 0).all()
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert SOUND.learning_rate_at(1.7) == rates[-1]


def test_the_article_keeps_its_rate():
    assert {ARTICLE.learning_rate_at(p) for p in (0, 0.3, 1)} == {1e-3}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("batch_size", 2.0),
        ("ema", 1.0),
        ("learning_rate", float("nan")),
        ("minutes", 0),
        ("warm_up", -0.1),
        ("seed", -1),
        *((name, "other") for name in CHOICES),
    ],
)
def test_bad_fields_are_named(field, value):
    with pytest.raises(ValueError, match=field):
        Recipe(**{field: value})


def test_sizes_grow_with_the_run():
    recipe = Recipe(sizes=((0.6, 96), (0.8, 128)))
    assert [recipe.size_at(p) for p in (0, 0.59, 0.6, 0.79, 0.8, 1)] == [
        *(96, 96, 128, 128),
        *(None, None),
    ]
    with pytest.raises(ValueError, match="sizes"):
        Recipe(sizes=((0.8, 96), (0.6, 128)))
