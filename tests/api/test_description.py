"""What programs are told of refusals, and that telling it costs no schema for each of them."""

from __future__ import annotations

from api import problems
from api.v1.api import ROUTERS, schema


def _refusals():
    for path, operations in schema()["paths"].items():
        for method, told in operations.items():
            for code, answer in told["responses"].items():
                if int(code) >= 400:
                    yield f"{method} {path}: {code}", answer


def test_every_refusal_is_described_as_a_problem():
    refusals = dict(_refusals())
    assert len(refusals) > 100
    assert "post /api/v1/incidents/{reference}/files: 507" in refusals
    problem = {"schema": {"$ref": "#/components/schemas/ProblemTold"}}
    for name, answer in refusals.items():
        assert answer["content"] == {problems.MEDIA_TYPE: problem}, name
    known = schema()["components"]["schemas"]
    assert known["ProblemTold"]["required"] == ["type", "title", "status", "detail"]
    assert known["WrongField"]["required"] == ["field", "detail"]


def test_only_what_is_told_has_a_schema():
    """Hundreds of them would cost every web worker six megabytes, and its start a sixth."""
    operations = [
        operation
        for router in ROUTERS
        for view in router.path_operations.values()
        for operation in view.operations
    ]
    assert operations
    for operation in operations:
        built = {code for code, model in operation.response_models.items() if model}
        assert built <= {200, 201}, operation.path
