-- SPDX-License-Identifier: GPL-3.0-or-later
-- After the response: the request is no longer open, and it is counted.
local counters = require "zeus.counters"
local inflight = require "zeus.inflight"

local M = {}

-- log_by_lua
function M.run()
    local ctx = ngx.ctx
    if ctx.zeus_peer then
        inflight.leave(ctx.zeus_peer)
    end
    local app = ngx.var.zeus_app
    if app ~= "" then
        counters.request(app, ngx.var.zeus_variant, ngx.status, (ctx.zeus_retries or 0) + (tonumber(ngx.var.zeus_retries) or 0))
    end
    if ngx.worker.exiting() then
        -- no timer runs any more in a worker that only finishes its requests
        inflight.flush()
        counters.flush()
    end
end

return M
