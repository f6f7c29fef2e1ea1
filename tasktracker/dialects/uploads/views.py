"""The two calls of uploads: a file comes, a file goes."""

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from tasks.operations.uploads import receive_upload
from tasks.queries.artifacts import file_at_address
from tasktracker.dialects.uploads.dialect import UPLOADS
from tasktracker.dialects.uploads.shapes import read_upload
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.files import file_answer
from tasktracker.http.renderers import empty_answer


class Uploads(DialectView):
    dialect = UPLOADS
    schemes = ()

    def post(self, request: DialectRequest) -> HttpResponse:
        """Take a file with a policy of ours; 204, as S3 answers."""
        fields, pieces = read_upload(request._request)
        receive_upload(fields=fields, pieces=pieces, at=request.at)
        return empty_answer(status=204)

    def get(self, request: DialectRequest) -> HttpResponseBase:
        """Hand out the file of a signed address."""
        names = ("key", "expires", "signature")
        address = {name: request.query.text(name) or "" for name in names}
        return file_answer(file_at_address(**address, at=request.at))
