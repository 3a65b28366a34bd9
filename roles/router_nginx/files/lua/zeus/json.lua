-- SPDX-License-Identifier: GPL-3.0-or-later
-- JSON with lists that stay lists when they are empty; this cjson has no mark for them.
local cjson = require "cjson"

local M = { null = cjson.null, decode = cjson.decode, encode = cjson.encode }

-- A text such as '["a","b"]' for a list
function M.list(items)
    return #items == 0 and "[]" or cjson.encode(items)
end

-- A text for a mapping; cjson writes an empty table as {}
function M.map(items)
    return cjson.encode(items)
end

return M
