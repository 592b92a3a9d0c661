"""A Streamlit session without a browser: speaks the websocket protocol of a running Streamlit server."""

from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect


class StreamlitSession:
    """One visitor of a Streamlit page.

    buttons: the ids of the buttons on it, by label; radios: the radio groups that the last run drew, by label; charts:
    how many it drew; received: its bytes.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = f"ws://{host}:{port}/_stcore/stream"
        self.buttons: dict[str, str] = {}
        self.radios: dict[str, tuple[str, list[str]]] = {}
        self.charts = 0
        self.received = 0
        self._page = ""
        self._choices: dict[str, tuple[str, bool, list[str]]] = {}
        self._chosen: dict[str, WidgetState] = {}

    async def __aenter__(self) -> "StreamlitSession":
        # As patient as a browser: it neither pings nor gives up while a busy server keeps it waiting.
        self._socket = await connect(
            self._address, subprotocols=["streamlit"], max_size=None, ping_interval=None, open_timeout=None
        )
        await self._run(BackMsg())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def press(self, label: str, *, until: str | None = None) -> None:
        """Press a button and wait until the page has run to its end; `until` is a choice on the page it leads to."""
        message = BackMsg()
        message.rerun_script.widget_states.widgets.append(WidgetState(id=self.buttons[label], trigger_value=True))
        await self._run(message, until)

    def pick(self, label: str, option: str) -> None:
        """Choose the option of a select box or segmented control whose text holds these words; nothing runs yet."""
        widget, many, options = self._choices[label]
        text = next(each for each in options if option in each)
        value = {"string_array_value": {"data": [text]}} if many else {"string_value": text}
        self._chosen[widget] = WidgetState(id=widget, **value)

    async def submit(self, label: str, place: int = 0) -> None:
        """Choose the option at this place in each radio group shown, press a form's button, and wait as `press`."""
        message = BackMsg()
        widgets = message.rerun_script.widget_states.widgets
        widgets.extend(WidgetState(id=widget, string_value=options[place]) for widget, options in self.radios.values())
        widgets.append(WidgetState(id=self.buttons[label], trigger_value=True))
        await self._run(message)

    async def choose(self, label: str, option: str) -> None:
        """Pick an option and wait until the page has run to its end."""
        self.pick(label, option)
        await self._run(BackMsg())

    async def _run(self, message: BackMsg, until: str | None = None) -> None:
        message.rerun_script.query_string = ""
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.widget_states.widgets.extend(self._chosen.values())
        await self._socket.send(message.SerializeToString())
        self.received = self.charts = 0
        self.radios = {}
        while True:
            sent = await self._socket.recv()
            self.received += len(sent)
            answer = ForwardMsg()
            answer.ParseFromString(sent)
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self._page = answer.new_session.page_script_hash
            if kind == "delta":
                self._note(answer.delta.new_element)
            if kind == "script_finished" and (until is None or until in self._choices):
                return

    def _note(self, element: Element) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(element.exception.message)
        if kind == "button":
            self.buttons[element.button.label] = element.button.id
        elif kind == "radio":
            self.radios[element.radio.label] = (element.radio.id, list(element.radio.options))
        elif kind == "selectbox":
            self._choices[element.selectbox.label] = (element.selectbox.id, False, list(element.selectbox.options))
        elif kind == "button_group":
            options = [option.content for option in element.button_group.options]
            self._choices[element.button_group.label] = (element.button_group.id, True, options)
        elif kind == "vega_lite_chart":
            self.charts += 1
