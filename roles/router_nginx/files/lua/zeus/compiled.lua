-- SPDX-License-Identifier: GPL-3.0-or-later
-- The compiled apps of this worker: each is made once per digest.
local apps = require "zeus.app"
local store = require "zeus.store"

local by_key = {}

local M = {}

-- The app of a key with this digest, compiled now if need be; nil if the store does not have it
function M.get(key, digest)
    local app = by_key[key]
    if app and app.digest == digest then
        return app
    end
    local entry = digest and store.entry(key, digest)
    app = entry and apps.compile(entry)
    if app then
        by_key[key] = app
    end
    return app
end

-- Forget what left the plan.
function M.only(index)
    for key in pairs(by_key) do
        if not index[key] then
            by_key[key] = nil
        end
    end
end

return M
