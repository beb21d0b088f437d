"""Metrics of several workers as one."""

from aifactory_nb.service_metrics import Meter
from aifactory_nb.shared_metrics import SharedMetrics


def test_a_counter_never_goes_back(tmp_path):
    """Whichever worker is asked, and when one of them is replaced."""
    meters = [Meter([]), Meter([])]
    workers = [SharedMetrics(tmp_path, number, meters[number]) for number in (0, 1)]
    seen = []

    def ask(worker: SharedMetrics) -> None:
        lines = worker.text().decode().splitlines()
        seen.append(sum(float(line.split()[1]) for line in lines if "requests_total{" in line))

    for number in (0, 1, 1, 0):
        meters[number].count("predict", "shop", 200, 0.1)
        ask(workers[number])
    replaced = SharedMetrics(tmp_path, 0, Meter([]))
    ask(replaced)
    ask(workers[1])

    assert seen == [1, 2, 3, 4, 4, 4]
