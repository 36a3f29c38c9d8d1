# LinearAlgebra's factorisations, and the Julia side of the protocol in README.md. Nothing beyond Julia itself is needed.
using LinearAlgebra

function setting(line, key)
    found = match(Regex("\"" * key * "\": (?:\"([^\"]*)\"|([^,}]+))"), line)
    found === nothing && error("no " * key * " in the request")
    return String(something(found[1], found[2]))
end

quoted(words) = "\"" * replace(replace(replace(words, r"[\x00-\x1f]+" => " "), "\\" => "\\\\"), "\"" => "\\\"") * "\""

numbers(values) = "\"" * join((string(Float64(each)) for each in values), " ") * "\""  # the shortest text of each double

function answer(id, fields...)
    println("@linbench {\"id\": ", id, (", \"" * name * "\": " * value for (name, value) in fields)..., "}")
    flush(stdout)
end

struct Data{T}
    X::Matrix{T}
    y::Vector{T}
    intercept::Bool
    method::String
end

function load(line)
    rows, width = parse(Int, setting(line, "rows")), parse(Int, setting(line, "columns"))
    X = ltoh.(read!(stdin, Matrix{Float64}(undef, rows, width)))
    y = ltoh.(read!(stdin, Vector{Float64}(undef, rows)))
    T = setting(line, "dtype") == "float32" ? Float32 : Float64
    return Data{T}(X, y, setting(line, "intercept") == "1", setting(line, "method"))
end

function solved(data::Data{T}) where {T}
    A = data.intercept ? hcat(ones(T, length(data.y)), data.X) : data.X
    data.method == "qr" && return qr(A) \ data.y
    data.method == "svd" && return svd(A) \ data.y
    data.method == "cholesky" && return cholesky(Symmetric(A' * A)) \ (A' * data.y)
    return A \ data.y
end

function serve()
    data = nothing
    while !eof(stdin)
        line = readline(stdin)
        isempty(line) && continue
        id = setting(line, "id")
        try
            if setting(line, "do") == "load"
                data = load(line)
                answer(id, ("versions", "{\"Julia\": " * quoted(string(VERSION)) * "}"))
            else
                begun = time_ns()
                estimates = solved(data)
                seconds = (time_ns() - begun) / 1e9
                answer(id, ("estimates", numbers(estimates)), ("seconds", string(seconds)))
            end
        catch problem
            answer(id, ("error", quoted(first(sprint(showerror, problem), 500))))
        end
    end
end

serve()
