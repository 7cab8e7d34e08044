"""File layouts as data: columns, patterns, delimiters. `render` turns records into bytes; `to_sql` does it inside the database."""

from exports.layouts.model import Column, Field, Layout, LayoutError, RenderReport
from exports.layouts.parsing import layout_from_json, layout_to_json
from exports.layouts.render import file_name, one_line, render

__all__ = [
    "Column",
    "Field",
    "Layout",
    "LayoutError",
    "RenderReport",
    "file_name",
    "layout_from_json",
    "layout_to_json",
    "one_line",
    "render",
]
