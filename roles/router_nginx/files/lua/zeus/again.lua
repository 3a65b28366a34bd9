-- SPDX-License-Identifier: GPL-3.0-or-later
-- A request that no peer took waits a moment for another peer. Marathon ends a single instance when the next one is healthy, and a
-- router hears of both a few milliseconds later.
local balancer = require "zeus.balancer"
local failed = require "zeus.failed"
local inflight = require "zeus.inflight"
local respond = require "zeus.respond"
local worker = require "zeus.worker"

local WAIT = 0.5 -- seconds that a request waits at most
local FRESH = 1 -- seconds: whose peers have failed for longer than this gets no new one in a moment
local STEP = 0.01
local ONCE = { POST = true, PATCH = true, LOCK = true }

local M = {}
balancer.again = true

local function any(values)
    return values and values:find("[1-9]") ~= nil
end

-- Was anything answered, or anything sent that must not be sent twice?
local function begun(var)
    return any(var.upstream_bytes_received) or (ONCE[var.request_method] and any(var.upstream_bytes_sent))
end

-- Is all of the body still there? With proxy_request_buffering off in a snippet it is not. What nginx has put into a file, it has read to
-- its end before it asked for a peer.
local function whole_body(var)
    local length = tonumber(var.content_length) or 0
    if length == 0 then
        return not var.http_transfer_encoding
    end
    local data = ngx.req.get_body_data()
    return data and #data == length or ngx.req.get_body_file() ~= nil
end

-- Is there a peer that has not failed? And if not, may there be one in a moment?
local function look(last)
    local variant = balancer.variant()
    local fresh = not variant or #variant.peers == 0
    for _, peer in ipairs(variant and variant.peers or {}) do
        local since = failed.since(peer.key)
        if not since and peer.key ~= last then
            return true, true
        end
        fresh = fresh or not since or ngx.now() - since < FRESH
    end
    return false, fresh
end

local function refuse(var)
    local variant = balancer.variant()
    -- Who reads 503 and Retry-After asks again: not for what a peer may have done.
    if not begun(var) and (not variant or #variant.peers == 0) then
        return respond(503, "no instance of this app is up\n")
    end
    return respond(502, "no instance of this app has answered\n")
end

-- access_by_lua of @zeus_again, where a request comes by error_page. ngx.ctx of before is gone.
function M.run()
    local var = ngx.var
    local tried, last = var.upstream_addr, var.zeus_peer
    if last ~= "" then
        inflight.leave(last)
        var.zeus_peer = ""
    end
    if not tried or var.zeus_app == "" then
        return respond(500, "this request could not be passed on\n")
    end
    local _, more = tried:gsub(",", "")
    var.zeus_retries = more
    if begun(var) or not whole_body(var) then
        return refuse(var)
    end
    local ends = ngx.now() + WAIT
    local found, fresh = look(last)
    while not found do
        if not fresh or ngx.now() >= ends then
            return refuse(var)
        end
        ngx.sleep(STEP)
        found, fresh = look(last)
    end
    var.zeus_retries = more + 1
    local app = worker.current().apps[var.zeus_app]
    if app.location then
        return ngx.exec(app.location)
    end
end

return M
