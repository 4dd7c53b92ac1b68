"""The server on a Hugging Face Space, which lends its graphics processor to pages that Gradio itself has launched."""

from __future__ import annotations

import logging

from talking.errors import TalkingError
from talking.server.app import create_app, dress
from talking.settings import Settings

logger = logging.getLogger(__name__)

ANYWHERE = "0.0.0.0"


def launch(settings: Settings) -> None:
    """Serve page and routes until SIGINT or SIGTERM; films are made in this process, in the context of the call that
    asked for them. Raises TalkingError when the address is taken.
    """
    from talking.server.patience import MOST_CONNECTIONS, Patient
    from talking.ui import page as pages

    app = create_app(settings, page=False)
    blocks = pages.build(app.state.back)
    host = settings.host or ANYWHERE
    try:
        blocks.launch(
            server_name=host, server_port=settings.port, quiet=True, prevent_thread_lock=True, **dress(settings),
            app_kwargs={
                "routes": app.router.routes,
                "middleware": app.user_middleware,
                "exception_handlers": app.exception_handlers,
                "lifespan": app.router.lifespan_context,
                "redirect_slashes": False,
            },
        )  # fmt: skip
    except OSError as error:
        raise TalkingError(
            f"The server cannot listen at {host}:{settings.port}: something else may be running there. "
            "Name another place with TALKING_HOST and TALKING_PORT."
        ) from error
    # Gradio lets nobody say these beforehand; the server asks for both anew with every connection.
    blocks.server.config.http_protocol_class = Patient
    blocks.server.config.limit_concurrency = MOST_CONNECTIONS
    logger.info("serving at http://%s:%d", host, blocks.server_port)
    try:
        blocks.block_thread()
    finally:
        blocks.close(verbose=False)
        logger.info("stopped")
