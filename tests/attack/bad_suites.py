"""Suites that are wrong, each in its own way."""

__all__ = ["HEAD", "SUITES"]

HEAD = 'name = "s"\n'
DATA = '[[dataset]]\nuse = "advertising"\n'
BACK = '[[backend]]\nuse = "numpy_lstsq"\n'
GOOD = HEAD + DATA + BACK

SUITES = [
    "",
    "\n",
    "name",
    "= 3",
    "[",
    "[[",
    "[[dataset]]",
    HEAD,
    HEAD + DATA,
    HEAD + BACK,
    DATA + BACK,
    "\x00",
    "\ufeff" + HEAD,
    'name = "s"\nname = "t"\n' + DATA + BACK,
    GOOD + "[plan]\n[plan]\n",
    "\udcff" + GOOD,
    "{}",
    '{"name": "s"}',
    "---\nname: s\n",
    "a = " + "[" * 100_000,
    "a = " + "[" * 900 + "]" * 900,
    "a = " + "{b = " * 2000,
    f"a = {'9' * 5000}",
    f"a = 0x{'f' * 9000}",
    f"a = {'1' * 200_000}",
    "a." * 5000 + "b = 1",
    HEAD + "[" + "a." * 3000 + "b]\n",
    GOOD.replace("[[dataset]]", "[dataset]"),
    GOOD.replace("[[backend]]", "[[backends]]"),
    GOOD.replace("use", "uses"),
    GOOD + 'unknown = "x"\n',
    GOOD + "[plan]\nround = 3\n",
    GOOD + "[[plan]]\nrounds = 3\n",
    *(
        f"{GOOD}[plan]\n{line}\n"
        for line in (
            "seconds = 1e308",
            "seconds = inf",
            "seconds = nan",
            "seconds = -1",
            "seconds = 0",
            'seconds = "1"',
            "seconds = 1e400",
            "seconds = [1, 2]",
            "limit = 1e308",
            "limit = -0.0",
            "limit = true",
            "rounds = 0",
            "rounds = -3",
            "rounds = 1.5",
            "rounds = 9223372036854775807",
            f"rounds = {10**30}",
            "rounds = 1000000000",
            "threads = 0",
            "threads = 99999999",
            "memory = 3",
            'memory = "8 XB"',
            'memory = "1e308 GiB"',
            f'memory = "{"9" * 400} GiB"',
            'memory = ""',
            "memory = inf",
            "precision = 0",
            "precision = 1",
            "precision = nan",
            'isolate = "round"',
            "isolate = 3",
            "seconds = 1979-05-27",
            "limit = {}",
            "memory = [1]",
        )
    ),
    *(
        f"{GOOD.replace(chr(34) + 's' + chr(34), name)}"
        for name in (
            '""',
            '"../x"',
            '"/etc/x"',
            '"a b"',
            '"a/b"',
            '"\\u0000"',
            '"\\n"',
            "3",
            "true",
            "[]",
            '"."',
            '".."',
            '"-x"',
            '"é"',
        )
    ),
    *(
        f"{HEAD}{DATA}[[backend]]\nuse = {use}\n"
        for use in (
            '""',
            '"no"',
            '"numpy_lstq"',
            '"../numpy_lstsq"',
            '"os"',
            '"base"',
            '"__init__"',
            "3",
            "[]",
            '["numpy_lstsq"]',
            "{}",
            "true",
            '"\\u0000"',
            '"numpy_lstsq\\u001b[2J"',
            f'"{"x" * 100_000}"',
            '"harness.errors"',
            "nan",
        )
    ),
    *(
        f"{HEAD}[[dataset]]\nuse = {use}\n{BACK}"
        for use in (
            '""',
            '"no"',
            '"advertisin"',
            '"base"',
            '"_nist"',
            "3",
            "[]",
            '"\\u0000"',
            '"csv"',
            '"file"',
        )
    ),
    *(
        f'{HEAD}{DATA}[[backend]]\nuse = "scratch_sgd"\n{line}\n'
        for line in (
            "epochs = 0",
            "epochs = -1",
            "epochs = 1.5",
            'epochs = "3"',
            "epochs = []",
            "epochs = [[1]]",
            "epochs = {}",
            "seed = -1",
            f"seed = {2**64}",
            f"seed = {10**40}",
            "nothing = 1",
            "epochs = [1, -1]",
            "epochs = true",
            "epochs = 1e9",
            "batch = nan",
            "devices = []",
            'devices = ["gpu"]',
            'dtypes = ["float16"]',
            "dtypes = 3",
            'environments = ["x"]',
            "epochs = 9223372036854775807",
            'devices = ["cuda", "cuda"]',
        )
    ),
    *(
        f'{HEAD}[[dataset]]\nuse = "linear"\n{line}\n{BACK}'
        for line in (
            "n_samples = 0",
            "n_samples = -1",
            f"n_samples = {2**63}",
            "n_samples = 1e9",
            "noise = nan",
            "noise = inf",
            "noise = -1",
            "seed = nan",
            'seed = "x"',
            "dtypes = []",
            "foo = 1",
        )
    ),
    *(
        f'{HEAD}[[dataset]]\nuse = "csv"\n{line}\n{BACK}'
        for line in (
            'path = "x.csv"',
            'path = "x.csv"\nfeatures = []\ntarget = "y"',
            'path = ""\nfeatures = ["a"]\ntarget = "y"',
            'path = "no.csv"\nfeatures = ["a"]\ntarget = "a"',
            'path = "no.csv"\nfeatures = ["a", "a"]\ntarget = "y"',
            'path = "no.csv"\nfeatures = "a"\ntarget = "y"',
            'path = "no.csv"\nfeatures = ["a"]\ntarget = "y"\nsep = ","',
            'path = "no.csv"\nfeatures = ["a"]\ntarget = "y"\nseparator = ""',
            'path = "\\u0000"\nfeatures = ["a"]\ntarget = "y"',
            'path = "no.csv"\nfeatures = ["a"]\ntarget = "y"\nseparator = "(("',
            f'path = "{"x" * 5000}"\nfeatures = ["a"]\ntarget = "y"',
            'path = "no.csv"\nfeatures = ["a"]\ntarget = "y"\nencoding = "klingon"',
            'path = "."\nfeatures = ["a"]\ntarget = "y"',
            'path = "http://[bad/x.csv"\nfeatures = ["a"]\ntarget = "y"',
            'path = "x::y::z"\nfeatures = ["a"]\ntarget = "y"',
            'path = "[a"\nfeatures = ["a"]\ntarget = "y"',
            'path = "no*.csv"\nfeatures = ["a"]\ntarget = "y"',
        )
    ),
    *(
        f'{HEAD}[[dataset]]\nuse = "file"\npath = "no.csv"\nformula = "{formula}"\n{BACK}'
        for formula in (
            "",
            "y",
            "y ~",
            "~ x",
            "y ~ x ~ z",
            "y ~ __import__('os').system('true')",
            "y ~ " + "(" * 5000,
            "y ~ " + "+".join(["a"] * 50_000),
            "y ~ I(x**99999999)",
            "y ~ open('/etc/passwd')",
        )
    ),
    *(
        f"{GOOD}[[environment]]\n{line}\n"
        for line in (
            "",
            "name = 3",
            'name = ""',
            'name = "default"',
            'name = "a"\nrequires = ["file:///etc"]',
            'name = "a"\nrequires = ["x @ http://y"]',
            'name = "a"\nrequires = ["=="]',
            'name = "a"\nrequires = "numpy"',
            'name = "a"\npython = "9.9.9.9"',
            'name = "../a"',
            'name = "a"\n[[environment]]\nname = "a"',
            'name = "a"\nrequires = ["--index-url=x"]',
            'name = "a"\nrequires = [3]',
        )
    ),
    HEAD
    + DATA
    + '[[backend]]\nuse = "scratch_sgd"\n'
    + "".join(
        f"{name} = [{', '.join(map(str, range(1, 51)))}]\n"
        for name in ("epochs", "seed", "batch_size", "learning_rate", "power_t", "tolerance")
    ),
    HEAD
    + '[[dataset]]\nuse = "linear"\n'
    + "".join(f"{name} = [{', '.join(map(str, range(1, 1000)))}]\n" for name in ("n_samples", "data_digits", "seed"))
    + BACK,
    HEAD + "devices = [" + '"cpu", ' * 3000 + "]\ndtypes = [" + '"float64", ' * 3000 + "]\n" + DATA + BACK,
    HEAD + DATA * 2000 + BACK * 2000,
]
"""None of them is a suite that `validate` takes, but for some that are merely odd."""
