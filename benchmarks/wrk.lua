-- Asks a list of paths in turn (first argument: its file; second: the method); tells what came as one line.
local paths, turn, method = {}, 0, "GET"

function init(arguments)
  for line in io.lines(arguments[1]) do
    table.insert(paths, line)
  end
  method = arguments[2]
  math.randomseed(os.time())
end

function request()
  turn = turn % #paths + 1
  if method == "PATCH" then
    return wrk.format(method, paths[turn], nil, string.format('{"job_count":%d}', math.random(1, 2000000)))
  end
  return wrk.format(method, paths[turn])
end

function done(summary, latency)
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  print(string.format("measured %d %d %d %d %d %d", summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), failed))
end
