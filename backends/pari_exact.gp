default(realprecision, 60);
fitted(id) = {
  my(b);
  b = iferr(matsolve(A~ * A, A~ * y), failure, 0);
  if (b == 0,
    print("@lin", "bench {\"id\": ", id, ", \"unsupported\": \"the Gram matrix is singular, exactly; use scratch_ols\"}"),
    print("@lin", "bench {\"id\": ", id, ", \"rank\": ", #A, ", \"estimates\": \"",
      concat([concat(concat(strsplit(strprintf("%.50g", 1. * x), " ")), " ") | x <- b]), "\"}"));
}
