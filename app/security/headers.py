"""What every answer carries: no script but our own, no other host, no frame, no guess at a type, no copy."""

from __future__ import annotations

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # nothing personal stays in a browser or a proxy; what may be kept (style, script, icon) says so itself
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = "max-age=63072000; includeSubDomains"


def security_headers(*, https: bool) -> dict[str, str]:
    """The headers of every answer that does not set them itself.

    Over https also that the browser shall never again come without it.
    """
    return SECURITY_HEADERS | ({"Strict-Transport-Security": STRICT_TRANSPORT} if https else {})
