"""Metrics of the service: what Prometheus reads."""

from prometheus_client.parser import text_string_to_metric_families

from aifactory_nb.service_metrics import LIMITS, Meter


def samples(meter: Meter) -> dict[tuple, float]:
    families = text_string_to_metric_families(meter.text().decode())
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def test_requests_are_counted_by_kind_pipeline_and_status():
    """Errors are told from answers."""
    meter = Meter([])
    for status in (200, 200, 422):
        meter.count("predict", "shop", status, 0.001)

    found = samples(meter)

    about = ("kind", "predict"), ("pipeline", "shop")
    assert found["aifactory_requests_total", *about, ("status", "200")] == 2
    assert found["aifactory_requests_total", *about, ("status", "422")] == 1


def test_the_histogram_is_cumulative():
    """Each limit counts all that took no longer; the last one counts all."""
    meter = Meter([])
    for seconds in (LIMITS[0], LIMITS[0] + 1e-6, 100.0):
        meter.count("v2", "shop", 200, seconds)

    found = samples(meter)

    def bucket(limit: str) -> float:
        return found["aifactory_request_seconds_bucket", ("kind", "v2"), ("le", limit)]

    assert [bucket(str(limit)) for limit in LIMITS[:2]] == [1, 2]
    assert (bucket("10.0"), bucket("+Inf")) == (2, 3)
    assert found["aifactory_request_seconds_count", ("kind", "v2")] == 3
