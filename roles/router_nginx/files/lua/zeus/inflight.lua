-- SPDX-License-Identifier: GPL-3.0-or-later
-- Open requests per peer. Each worker counts its own in memory, by which it also balances, and shows them to the others.
local json = require "zeus.json"
local shown = require "zeus.shown"

local open, changed = {}, false
local M = { open = open }

function M.enter(peer)
    open[peer] = (open[peer] or 0) + 1
    changed = true
end

function M.leave(peer)
    local left = (open[peer] or 1) - 1
    open[peer] = left > 0 and left or nil
    changed = true
end

function M.flush()
    if not changed then
        return
    end
    changed = false
    if next(open) == nil then
        shown.clear("inflight")
    else
        shown.set("inflight", json.encode(open))
    end
end

-- {peer = open requests} of all workers, those that still finish their requests after a reload included
function M.all()
    local sum = {}
    for _, text in pairs(shown.all("inflight")) do
        for peer, count in pairs(json.decode(text)) do
            sum[peer] = (sum[peer] or 0) + count
        end
    end
    return sum
end

return M
