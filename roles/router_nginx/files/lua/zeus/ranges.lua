-- SPDX-License-Identifier: GPL-3.0-or-later
-- Sets of addresses: binary search over sorted, merged ranges. The compiled form is described in module_utils/_gray_ranges.py.
local sub, floor = string.sub, math.floor

local function number(hex)
    return tonumber(hex, 16)
end

local function text(hex)
    return hex
end

-- lows and highs of a packed text; width is the number of hex digits of one address
local function unpacked(packed, width, convert)
    if type(packed) ~= "string" or #packed % (2 * width) ~= 0 or packed:find("[^0-9a-f]") then
        error("ranges are not in hex of " .. width .. " digits")
    end
    local lows, highs, count = {}, {}, 0
    for at = 1, #packed, 2 * width do
        count = count + 1
        lows[count] = convert(sub(packed, at, at + width - 1))
        highs[count] = convert(sub(packed, at + width, at + 2 * width - 1))
        if highs[count] < lows[count] or (count > 1 and lows[count] <= highs[count - 1]) then
            error("ranges are not in ascending order")
        end
    end
    return lows, highs
end

local function within(lows, highs, wanted)
    local low, high = 1, #lows
    while low <= high do
        local middle = floor((low + high) / 2)
        if wanted < lows[middle] then
            high = middle - 1
        elseif wanted > highs[middle] then
            low = middle + 1
        else
            return true
        end
    end
    return false
end

-- {v4 = hex, v6 = hex} -> a function of an address (zeus.address)
return function(compiled)
    local v4_lows, v4_highs = unpacked(compiled.v4, 8, number)
    local v6_lows, v6_highs = unpacked(compiled.v6, 32, text)
    return function(address)
        if address.v4 then
            return within(v4_lows, v4_highs, address.v4)
        end
        if address.v6 then
            return within(v6_lows, v6_highs, address.v6)
        end
        return false
    end
end
