"""A Streamlit session without a browser: speaks the websocket protocol of a running Streamlit server."""

from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import connect


class StreamlitSession:
    """One visitor of a Streamlit page. `buttons` are the ids of the buttons on it, by label."""

    def __init__(self, host: str, port: int) -> None:
        self._address = f"ws://{host}:{port}/_stcore/stream"
        self.buttons: dict[str, str] = {}

    async def __aenter__(self) -> "StreamlitSession":
        self._socket = await connect(self._address, subprotocols=["streamlit"], max_size=None)
        await self._run(BackMsg())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def press(self, label: str) -> None:
        """Press a button and wait until the page has run to its end."""
        message = BackMsg()
        message.rerun_script.widget_states.widgets.append(WidgetState(id=self.buttons[label], trigger_value=True))
        await self._run(message)

    async def _run(self, message: BackMsg) -> None:
        message.rerun_script.query_string = ""
        await self._socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await self._socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "delta" and answer.delta.new_element.WhichOneof("type") == "button":
                button = answer.delta.new_element.button
                self.buttons[button.label] = button.id
            if kind == "delta" and answer.delta.new_element.WhichOneof("type") == "exception":
                raise RuntimeError(answer.delta.new_element.exception.message)
            if kind == "script_finished":
                return
