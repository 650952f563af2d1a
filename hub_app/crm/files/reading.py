"""From the cells of a row, or of a lead, to what they say."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from hub_app.crm.fields import Feature
from hub_app.crm.files.columns import Transforms
from hub_app.crm.files.rows import READ_HERE, READERS, Told
from hub_app.sync.schemas import FieldMapping, RecordField
from hub_app.sync.service import cells


class RowReader:
    """Reads rows. `columns` name by header the field that it feeds, and the transforms of its cells; `salt` goes into ids that are
    made. A cell that these cannot read is left as it is: the mapping says then what is wrong with it.
    """

    def __init__(
        self,
        feature: Feature,
        columns: Mapping[str, tuple[str, Transforms]],
        fields: Sequence[RecordField],
        salt: str,
    ) -> None:
        self._told = READERS[feature]
        self._salt = salt
        self._keys = {header: key for header, (key, _) in columns.items()}
        types = {one.key: one for one in fields}
        read = {
            header: (key, transforms)
            for header, (key, transforms) in columns.items()
            if transforms or key not in READ_HERE
        }
        self._names = {header: f"c{at}" for at, header in enumerate(read)}
        self._reader = cells.reader(
            [
                FieldMapping.model_validate(
                    {"source": self._names[header], "target": key, "transforms": transforms}
                )
                for header, (key, transforms) in read.items()
            ],
            [RecordField(key, key) if key in READ_HERE else types[key] for key, _ in read.values()],
        )

    def read(self, row: Mapping[str, str]) -> Told:
        found = cells.read(
            self._reader, {name: row[header] for header, name in self._names.items() if header in row}
        )
        said: dict[str, str] = {}
        values: dict[str, JsonValue] = {}
        for header, key in self._keys.items():
            if header not in row:
                continue
            value = found.get(key, row[header])
            if key in READ_HERE:
                said[key] = "" if value is None else str(value)
            else:
                values[key] = value
        return self._told(said, values, self._salt)
