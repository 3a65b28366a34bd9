-- SPDX-License-Identifier: GPL-3.0-or-later
-- An answer of the router's own, as text, in place of a backend's.
return function(status, body)
    ngx.req.discard_body()
    ngx.status = status
    ngx.header.content_type = "text/plain"
    ngx.header.content_length = #body
    if status == ngx.HTTP_SERVICE_UNAVAILABLE then
        ngx.header.retry_after = 1
    end
    ngx.print(body)
    return ngx.exit(ngx.HTTP_OK)
end
