% GNU Octave: left division, ols, polyfit and lscov
source([argv(){end} '/_protocol.m']);

function [estimates, rank] = fit(data)
  rank = [];
  switch data.options.method
    case 'polyfit'
      estimates = flip(polyfit(data.X(:, 1), data.y, columns(data.X)))(:);
      return
    case 'mldivide'
      estimates = design(data) \ data.y;
    case 'lscov'
      if isempty(data.weights)
        estimates = lscov(design(data), data.y);
      else
        estimates = lscov(design(data), data.y, data.weights);
      end
    case 'ols'
      if data.rows < data.columns + data.intercept
        error('linbench:unsupported', 'ols needs a row for each parameter; use mldivide');
      end
      estimates = ols(data.y, design(data));
  end
end

function A = design(data)
  A = data.X;
  if data.intercept
    A = [ones(data.rows, 1, class(A)), A];
  end
end

warning('off', 'all');
serve(sprintf('{"Octave": "%s", "BLAS": %s}', version(), quoted(strtok(version('-blas'), "\n"))), @fit);
