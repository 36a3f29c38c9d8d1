% The Octave side of the protocol in README.md. A script defines fit(data) and calls serve(versions, @fit).
1;

function value = setting(line, key)
  found = regexp(line, ['"' key '": ?("([^"]*)"|[^,}]*)'], 'tokens', 'once');
  if isempty(found)
    error('no %s in the request', key);
  end
  value = strrep(found{end}, '"', '');
end

function answer(id, rest)
  printf('@linbench {"id": %s, %s}\n', id, rest);
  fflush(stdout);
end

function data = load_data(line)
  data.rows = str2double(setting(line, 'rows'));
  data.columns = str2double(setting(line, 'columns'));
  data.intercept = strcmp(setting(line, 'intercept'), '1');
  data.line = line;
  data.X = fread(stdin, [data.rows, data.columns], 'double', 0, 'ieee-le');
  data.y = fread(stdin, [data.rows, 1], 'double', 0, 'ieee-le');
  if strcmp(setting(line, 'dtype'), 'float32')
    data.X = single(data.X);
    data.y = single(data.y);
  end
end

function words = quoted(words)
  words = ['"' regexprep(regexprep(words, '[[:cntrl:]]+', ' '), '(["\\])', '\\$1') '"'];
end

function text = digits17(values)
  text = ['"' strtrim(sprintf('%.17g ', double(values))) '"'];
end

function serve(versions, fit)
  data = [];
  while ischar(line = fgetl(stdin))
    if isempty(line)
      continue
    end
    id = setting(line, 'id');
    try
      switch setting(line, 'do')
        case 'load'
          data = load_data(line);
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
