-- wrk's requests: purchases with keys and receipts of their own over all cards, scans, redemptions.
-- Arguments: the file with the stage's facts, the kind of call, its path, a name no other run has.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function card(n)
  local digits = "27" .. string.format("%013d", n)
  local total = 0
  for place = 1, 15 do
    local digit = digits:byte(16 - place) - 48
    if place % 2 == 1 then
      digit = digit * 2
      if digit > 9 then digit = digit - 9 end
    end
    total = total + digit
  end
  return digits .. tostring((10 - total % 10) % 10)
end

function init(args)
  dofile(args[1])
  kind, path, name, count = args[2], args[3], args[4], 0
  math.randomseed(os.time() * 7919 + number)
  headers = {}
  for place, key in ipairs(KEYS) do
    headers[place] = { ["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json" }
  end
end

function request()
  count = count + 1
  local header = headers[count % #headers + 1]
  local member = math.random(0, MEMBERS - 1)
  if kind == "scan" then
    return wrk.format("GET", path .. card(member), header)
  end
  local own = name .. "-" .. number .. "-" .. count
  header["Idempotency-Key"] = own
  if kind == "redeem" then
    return wrk.format("POST", path, header, '{"card":"' .. card(member) .. '","pin":"' .. PIN .. '","points":5}')
  end
  local body = '{"card":"' .. card(member) .. '","receipt":"' .. own .. '","purchased_at":"'
    .. os.date("!%Y-%m-%dT%H:%M:%S+00:00") .. '",' .. BASKET
  return wrk.format("POST", path, header, body)
end

function done(summary, latency, requests)
  io.write(string.format(
    '\nFOUND {"requests":%d,"us":%d,"refused":%d,"broken":%d,"p50_us":%d,"p95_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
