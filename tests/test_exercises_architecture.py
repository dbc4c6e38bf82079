"""Every checker takes its solution and turns named wrong answers away, with a hint."""

import numpy as np
import pytest

from helpers import rotations
from helpers.exercises import NotYet
from helpers.exercises import architecture as exercises
from helpers.spec import PAPER, PETS, UNetSpec


@pytest.mark.parametrize(
    ("parameters", "bottom"), [(0.25, 0.456), (0.2502, 0.45), (np.float64(0.26), 0.49)]
)
def test_half_takes_the_solution(parameters, bottom, capsys):
    exercises.check_half(parameters, bottom)
    assert (
        capsys.readouterr().out
        == "Right: 25.0% are left, and 46% of them sit at the bottom.\n"
    )


@pytest.mark.parametrize(
    ("parameters", "bottom", "hint"),
    [
        pytest.param(0.5, 0.45, "at how many inputs", id="outputs alone"),
        pytest.param(0.125, 0.45, "stays 3x3", id="an eighth"),
        pytest.param(0.0625, 0.45, "stays 3x3", id="kernels halved too"),
        pytest.param(0.33, 0.45, "9 x inputs x outputs", id="a guess"),
        pytest.param(0.25, 0.2, "channels double", id="a fifth for each level"),
        pytest.param(0.25, 1 / 9, "channels double", id="a ninth"),
        pytest.param(0.25, 0.75, "four convolutions", id="no way up"),
        pytest.param(0.25, 0.41, "the level above", id="the wrong level"),
        pytest.param(0.25, 0.35, "all shares are", id="another guess"),
        pytest.param(25, 0.45, "from 0 to 1", id="percent"),
        pytest.param(0.25, "half", "from 0 to 1", id="a word"),
    ],
)
def test_half_turns_away(parameters, bottom, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_half(parameters, bottom)


ARTICLE = PAPER.replace(in_channels=3, classes=1, padding="same", norm="batch")


@pytest.mark.parametrize(
    "spec",
    [
        ARTICLE,
        PETS.replace(classes=1),
        ARTICLE.replace(init="torch", norm_momentum=0.5),
        ARTICLE.replace(decoder_widths=(64, 128, 256, 512)),
    ],
)
def test_article_takes_the_solutions(spec, capsys):
    exercises.check_article(spec)
    assert "31,055,297 parameters" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        pytest.param(PAPER, "in color", id="unchanged"),
        pytest.param(ARTICLE.replace(classes=3), "one output node", id="its pets"),
        pytest.param(ARTICLE.replace(padding="valid"), "160 pixels", id="valid"),
        pytest.param(ARTICLE.replace(norm=None), "23,552 parameters", id="no norm"),
        pytest.param(ARTICLE.replace(up="bilinear"), "^up: ", id="upsampling"),
        pytest.param(ARTICLE.replace(dropout=0.5), "^dropout: ", id="dropout"),
        pytest.param("PETS", "not a UNetSpec", id="a word"),
        pytest.param(UNetSpec(norm="batch"), "^widths: ", id="too narrow"),
        pytest.param(
            ARTICLE.replace(decoder_widths=(64, 64, 64, 64)), "^decoder_", id="way up"
        ),
    ],
)
def test_article_turns_away(spec, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_article(spec)


def solution(run, image):
    answers = []
    for k in range(4):
        answer = run(np.rot90(image, k)[None])[0]
        answers.append(np.rot90(answer, -k))
    return np.mean(answers, axis=0)


def added(run, image):
    total = 0
    for k in range(4):
        total = total + np.rot90(run(np.rot90(image, -k)[None])[0], k) / 4
    return total


def ours(run, image):
    spec = UNetSpec(in_channels=1, widths=(1, 2))
    return rotations.predict(run, image, spec, rotations.QUARTERS)


@pytest.mark.parametrize("answer", [solution, added, ours])
def test_turns_takes_solutions(answer, capsys):
    exercises.check_turns(answer)
    assert capsys.readouterr().out.startswith("Right: ")


def not_back(run, image):
    return sum(run(np.rot90(image, k)[None])[0] for k in range(4)) / 4


def wrong_way(run, image):
    return sum(np.rot90(run(np.rot90(image, k)[None])[0], k) for k in range(4)) / 4


def mirrors_too(run, image):
    return (solution(run, image) + solution(run, image[:, ::-1])[:, ::-1]) / 2


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        pytest.param(mirrors_too, "not the mean", id="mirrors too"),
        pytest.param(not_back, "turn the answer back", id="not turned back"),
        pytest.param(wrong_way, "in the other direction", id="the wrong way back"),
        pytest.param(
            lambda run, image: 4 * solution(run, image), "the sum", id="a sum"
        ),
        pytest.param(
            lambda run, image: run(image[None])[0], "four turns", id="no turn"
        ),
        pytest.param(
            lambda run, image: (
                (run(image[None])[0] + run(image[::-1, ::-1][None])[0][::-1, ::-1]) / 2
            ),
            "four turns",
            id="a half turn alone",
        ),
        pytest.param(
            lambda run, image: run(image), "image\\[None\\]|axis", id="no batch"
        ),
        pytest.param(
            lambda run, image: run(np.rot90(image)[None])[0], "10x6", id="one turn"
        ),
        pytest.param(solution(lambda b: b, np.zeros((2, 2, 1))), "itself", id="called"),
    ],
)
def test_turns_turns_away(answer, hint):
    with pytest.raises(NotYet, match=hint):
        exercises.check_turns(answer)


def test_open_answers_go_on(capsys):
    exercises.check_half(..., ...)
    exercises.check_article(...)
    exercises.check_turns(lambda run, image: ...)
    assert capsys.readouterr().out.count("Your turn: ") == 3
