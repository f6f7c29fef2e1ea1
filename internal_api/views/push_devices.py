"""The devices that are told by push what happened."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from accounts.operations.push_tokens import register_push_token, unregister_push_device
from accounts.queries.push_tokens import push_tokens_of
from internal_api.shapes import push_devices as shapes
from internal_api.shapes.reading import PAGING
from internal_api.views.answers import DONE, MobileView, done, listed
from tasktracker.core.ids import parse_id
from tasktracker.http.dialect import DialectRequest
from tasktracker.http.renderers import json_answer


class PushDevices(MobileView):
    @extend_schema(
        parameters=PAGING, responses={200: shapes.PUSH_DEVICES}, summary="List the devices that get pushes"
    )
    def get(self, request: DialectRequest) -> HttpResponse:
        """List them, newest first; never their tokens."""
        return listed(request, push_tokens_of(request.principal), shapes.push_device_out)

    @extend_schema(request=shapes.PushDeviceIn, responses={201: shapes.PUSH_DEVICE}, summary="Ask for pushes")
    def post(self, request: DialectRequest) -> HttpResponse:
        """Register a device, or note that it is still there. The 21st takes the place of the oldest."""
        given = shapes.PushDeviceIn.read(request.data)
        device = register_push_token(principal=request.principal, **given, at=request.at)
        return json_answer(shapes.push_device_out(device), status=201)


class PushDevice(MobileView):
    @extend_schema(request=None, responses=DONE, summary="Ask for no more pushes")
    def delete(self, request: DialectRequest, push_device_id: str) -> HttpResponse:
        """Forget a device."""
        unregister_push_device(principal=request.principal, token_id=parse_id(push_device_id))
        return done()
