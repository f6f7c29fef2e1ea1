"""The probe dialect's patterns as a module of their own: what an OpenAPI document is read from."""

from tests.contract.probe import PROBE_PATHS

urlpatterns = PROBE_PATHS
