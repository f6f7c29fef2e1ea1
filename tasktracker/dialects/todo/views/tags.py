"""Tags, below /api/v2/tag."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema

from tasks.operations.tags import create_tag, delete_tags, edit_tag
from tasks.queries.tags import number_of_tags, tag_of, tags_of
from tasktracker.core.ids import parse_id
from tasktracker.dialects.todo.dialect import TODOS
from tasktracker.dialects.todo.shapes import queries
from tasktracker.dialects.todo.shapes import tags as shapes
from tasktracker.dialects.todo.shapes.answers import read, said
from tasktracker.dialects.todo.shapes.todos import DeletedOut, tag_out
from tasktracker.http.dialect import DialectRequest, DialectView
from tasktracker.http.renderers import json_answer


class Tags(DialectView):
    dialect = TODOS

    @extend_schema(
        parameters=[
            queries.parameter("search", "A part of the name, in any case."),
            queries.parameter("ids", "Only these.", is_list=True),
        ],
        responses=shapes.TagsOut,
        summary="List the tags",
    )
    def get(self, request: DialectRequest) -> HttpResponse:
        """By name, each with the number of its to-dos."""
        search = queries.search_text(request.query) or ""
        found = tags_of(request.principal, search=search, ids=queries.ids(request.query, "ids"))
        return json_answer({"tags": [shapes.counted_tag_out(tag) for tag in found]})

    @extend_schema(request=shapes.TagIn, responses={201: shapes.NewTagOut}, summary="Add a tag")
    def post(self, request: DialectRequest) -> HttpResponse:
        """A name can be had once; "design" is another one than "Design"."""
        wanted = read(shapes.TagIn, request.data)
        tag = create_tag(principal=request.principal, **wanted, at=request.at)
        made = tag_out(tag.pk, tag.name, tag.color)
        return json_answer({**said("Tag added successfully"), "tag": made}, status=201)


class Tag(DialectView):
    dialect = TODOS

    @extend_schema(request=shapes.TagIn, responses=shapes.OneTagOut, summary="Change a tag")
    def patch(self, request: DialectRequest, tag_id: str) -> HttpResponse:
        """Name, colour or both."""
        wanted = parse_id(tag_id)
        change = shapes.tag_change(read(shapes.TagIn, request.data, partial=True))
        edit_tag(principal=request.principal, tag_id=wanted, **change)
        tag = tag_of(request.principal, tag_id=wanted)
        return json_answer({"tag": tag_out(tag.id, tag.name, tag.color)})


class TagCount(DialectView):
    dialect = TODOS

    @extend_schema(responses=shapes.CountOut, summary="Count the tags")
    def get(self, request: DialectRequest) -> HttpResponse:
        return json_answer({"count": number_of_tags(request.principal)})


class BulkTags(DialectView):
    dialect = TODOS

    @extend_schema(
        parameters=[queries.parameter("tagIds", "The tags.", required=True, is_list=True)],
        responses=DeletedOut,
        summary="Delete several tags",
    )
    def delete(self, request: DialectRequest) -> HttpResponse:
        """The to-dos that have them stay, and lose them."""
        tag_ids = queries.required_ids(request.query, "tagIds")
        return json_answer({"deletedCount": delete_tags(principal=request.principal, tag_ids=tag_ids)})
