"""What Lighthouse is asked for, and in which browser."""

import sys

from benchmarks import lighthouse

NODE = f"""#!{sys.executable}
import json, os, sys
print(json.dumps({{"asked": sys.argv[2:], "browser": os.environ["CHROME_PATH"]}}))
"""


def test_a_report_is_asked_of_a_browser_without_a_way_out(tmp_path):
    node = tmp_path / "node"
    node.write_text(NODE)
    node.chmod(0o755)
    address = "http://127.0.0.1:1/some/folder/page.html"
    report = lighthouse.look(str(node), tmp_path, address, "/a/chromium")
    assert report["browser"] == "/a/chromium"
    assert report["asked"][0] == address
    (flags,) = [a for a in report["asked"] if a.startswith("--chrome-flags=")]
    line = flags.removeprefix("--chrome-flags=")
    assert "--no-sandbox --disable-gpu --disable-quic" in line
    assert line.endswith(" --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'")


def test_what_takes_points_is_named():
    audits = {
        "slow": {"title": "Slow", "score": 0.5, "displayValue": "9 s"},
        "fine": {"title": "Fine", "score": 1},
        "told": {"title": "Told", "score": 0},
        "void": {"title": "Void", "score": None},
    }
    weights = {"slow": 3, "fine": 3, "told": 0, "void": 3}
    references = [{"id": name, "weight": weight} for name, weight in weights.items()]
    category = {"speed": {"auditRefs": references}}
    report = {"categories": category, "audits": audits}
    assert lighthouse.lost(report) == ["Slow: 9 s"]
