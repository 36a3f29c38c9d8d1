% The Octave side of the protocol in README.md. A script defines fit(data) and calls serve(versions, @fit).
1;

function found = request(line)
  found = struct();
  for each = regexp(line, '"(\w+)": ?("[^"]*"|[^,}]*)', 'tokens')
    found.(each{1}{1}) = strrep(each{1}{2}, '"', '');
  end
end

function answer(id, rest)
  printf('@linbench {"id": %s, %s}\n', id, rest);
  fflush(stdout);
end

function data = load_data(asked)
  data.rows = str2double(asked.rows);
  data.columns = str2double(asked.columns);
  data.intercept = strcmp(asked.intercept, '1');
  data.options = asked;
  data.X = fread(stdin, [data.rows, data.columns], 'double', 0, 'ieee-le');
  data.y = fread(stdin, [data.rows, 1], 'double', 0, 'ieee-le');
  data.weights = [];
  if strcmp(asked.weights, '1')
    data.weights = fread(stdin, [data.rows, 1], 'double', 0, 'ieee-le');
  end
  if strcmp(asked.dtype, 'float32')
    data.X = single(data.X);
    data.y = single(data.y);
  end
end

function words = quoted(words)
  words = ['"' regexprep(regexprep(words, '[[:cntrl:]]+', ' '), '(["\\])', '\\$1') '"'];
end

function text = digits17(values)
  text = ['"' sprintf('%.17g ', double(values)) '"'];
end

function serve(versions, fit)
  data = [];
  while ischar(line = fgetl(stdin))
    if isempty(line)
      continue
    end
    asked = request(line);
    id = asked.id;
    try
      switch asked.do
        case 'load'
          data = load_data(asked);
          answer(id, ['"versions": ' versions]);
        case 'fit'
          begin = tic;
          [estimates, rank] = fit(data);
          seconds = toc(begin);
          rest = sprintf('"estimates": %s, "seconds": %.6f', digits17(estimates), seconds);
          if ! isempty(rank)
            rest = sprintf('%s, "rank": %d', rest, rank);
          end
          answer(id, rest);
      end
    catch no
      kind = 'error';
      if strcmp(no.identifier, 'linbench:unsupported')
        kind = 'unsupported';
      end
      answer(id, sprintf('"%s": %s', kind, quoted(no.message)));
    end
  end
end
