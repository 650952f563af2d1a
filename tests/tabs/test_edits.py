import pytest
import reflex as rx

from hub_app.ui.edits import EditState


def test_a_state_without_the_methods_of_its_form_is_refused_when_it_is_defined() -> None:
    with pytest.raises(TypeError, match="Unfinished has a form of settings, but no _now and no _settings"):

        class Unfinished(EditState, rx.State):
            pass
