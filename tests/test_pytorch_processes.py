"""Two processes on one CPU train one network, and agree on its scores."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def test_two_processes_end_with_the_same_weights_and_scores(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # What `accelerate launch` and `torchrun` set for the processes they start.
    shared = {
        "ACCELERATE_USE_CPU": "true",
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(HERE.parent),
    }
    started = [
        subprocess.Popen(
            [sys.executable, str(HERE / "pytorch_two_processes.py"), str(tmp_path)],
            env={**os.environ, **shared, "RANK": rank, "LOCAL_RANK": rank},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in "01"
    ]
    try:
        said = [process.communicate(timeout=240) for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], said
    first, second = (
        json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1)
    )
    for result in (first, second):
        del result["row"]["seconds"]
    assert first == second
    # Five images of 16x16, each scored once although the batches are filled up.
    assert first["pixels"] == 5 * 16 * 16
    assert first["cross_entropy"] == pytest.approx(
        first["row"]["val_cross_entropy"], rel=1e-4
    )
    assert "epoch   2/2" in said[0][0]
    assert said[1][0] == "", "only the first process prints"
