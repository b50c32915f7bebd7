"""Logs as JSON lines on stderr. They name routes, codes and ids; never cards, names, addresses or bodies."""

import json
import logging
import sys
import time

import structlog

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_level = LEVELS["info"]


def configure(level: str) -> None:
    """structlog for us, and the same shape for what libraries say from `warning` on."""
    global _level
    _level = LEVELS[level]
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(_level),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(_level, logging.WARNING))


def access(identity: str, method: str, route: str, status: int, seconds: float) -> None:
    """One line per request, written by hand: on a till's path a framework costs more than the answer."""
    if _level > LEVELS["info"]:
        return
    sys.stderr.write(
        f'{{"event": "request", "at": {time.time():.3f}, "request_id": "{identity}", '
        f'"method": {json.dumps(method)}, "route": {json.dumps(route)}, '
        f'"status": {status}, "ms": {seconds * 1000:.2f}}}\n'
    )
