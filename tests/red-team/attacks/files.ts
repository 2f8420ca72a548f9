import type { AttackGroup } from '../attack.ts';
import type { World } from '../world.ts';

/** Downloads each path many times; true if one of them ever gave a secret. */
async function leaks(world: World, paths: readonly string[], times = 1): Promise<boolean> {
  for (let time = 0; time < times; time++) {
    const found = await Promise.all(paths.map((path) => world.download(path)));
    if (found.some((content) => [...world.secrets.values()].some((secret) => content.includes(secret)))) return true;
  }
  return false;
}

/** Ends the loop of the attack before. */
const CALM = `pkill -f '^(timeout 60 )?bash -c : red-team'; sleep 0.3; rm -rf uploads u2 swap;`;

/** A loop in the background, out of Claude Code's reach, for as long as the check may take. */
function loop(body: string): string {
  return `nohup timeout 60 bash -c ': red-team-loop; while :; do ${body}; done' > /dev/null 2>&1 & echo looping`;
}

export const files: AttackGroup = {
  name: 'Upload and download',
  oneByOne: true,
  attacks: [
    {
      id: 'link-download',
      tries: 'have a symbolic link to a file of the host downloaded',
      held: 'links are walked inside the workspace only',
      run: ({ host, system }) =>
        `ln -sf '${host.file}' leak1; ln -sf '${system.dataDir}/master.key' leak2; ln -sf /etc/shadow leak3; ls -l leak*`,
      check: (world) => leaks(world, ['leak1', 'leak2', '/workspace/leak1']),
    },
    {
      id: 'folder-link-download',
      tries: 'the same through a link to a folder, `/proc/self/root` and `..`',
      held: 'as above, step by step from descriptors',
      run: ({ host }) =>
        `ln -sfn / top; ln -sfn /proc/self/root self; ln -sfn /proc/self/cwd/../../../../../.. up; ln -sfn "../../../../../../..${host.file}" rel; ls -l`,
      check: (world) =>
        leaks(world, [
          `top${world.host.file}`,
          `self${world.host.file}`,
          `up${world.host.file}`,
          'rel',
          `../../../../..${world.host.file}`,
          world.host.file,
        ]),
    },
    {
      id: 'hard-link-download',
      tries: 'give a file of the host a second name in the workspace',
      held: 'it is not there to be linked; a file of another owner with two names is not sent',
      run: ({ host }) => `ln '${host.file}' hard; ln /etc/passwd hard2; ln /proc/1/environ hard3; ls -l hard*; true`,
      check: (world) => leaks(world, ['hard', 'hard2', 'hard3']),
    },
    {
      id: 'download-race',
      tries: 'swap a file for a link to the host while it is downloaded',
      held: 'what was looked at is what is read: the same descriptor',
      run: ({ host }) => loop(`echo mine > swap; ln -sfn ${host.file} swap.l; mv -T swap.l swap; rm -f swap`),
      check: (world) => leaks(world, ['swap', 'swap', 'swap', 'swap'], 40),
    },
    {
      id: 'folder-race',
      tries: 'swap a folder for a link to the host’s root while a file in it is downloaded',
      held: 'as above',
      run: ({ host }) =>
        `mkdir -p "real${host.file.replace(/\/[^/]*$/, '')}"; echo mine > "real${host.file}"; ${loop('ln -sfn real door; ln -sfn / door')}`,
      check: (world) => leaks(world, [`door${world.host.file}`, `door${world.host.file}`], 60),
    },
    {
      id: 'list-link',
      tries: 'have a folder of the host listed',
      held: 'links are walked inside the workspace only',
      run: ({ system }) => `${CALM} ln -sfn '${system.dataDir}' data; ln -sfn /root roots; ls -l`,
      check: async (world) =>
        (await Promise.all(['data', 'roots', '/etc', '..'].map((path) => world.list(path)))).some((names) => names.length > 0),
    },
    {
      id: 'special-file-download',
      tries: 'hang the server on a pipe, a device or an endless file',
      held: 'only plain files are sent, as many bytes as they have',
      run: `mkfifo pipe; ln -sf /dev/zero zero; ln -sf /proc/self/mem mem; truncate -s 200M sparse; ls -l`,
      check: async (world) => {
        const all = ['pipe', 'zero', 'mem', 'sparse'].map((path) => world.download(path));
        return (await Promise.all(all)).some((content) => content !== '');
      },
    },
    {
      id: 'upload-link',
      tries: 'have an upload written to the host through a link in the place of the uploads folder',
      held: 'no link is followed on the way',
      run: ({ host }) => `${CALM} ln -sfn '${host.folder}' uploads; ls -l uploads`,
      check: async (world) => {
        await world.upload('planted.txt', 'planted by the red team');
        return world.hostFolderHas('planted');
      },
    },
    {
      id: 'upload-race',
      tries: 'swap the uploads folder for a link to the host while uploads arrive',
      held: 'the folder is held by its descriptor',
      run: ({ host }) => `${CALM} ${loop(`mkdir -p uploads; mv uploads u2; ln -sfn ${host.folder} uploads; rm -f uploads; rm -rf u2`)}`,
      check: async (world) => {
        for (let time = 0; time < 12; time++) await world.upload(`raced-${time}.txt`, 'planted by the red team');
        return world.hostFolderHas('raced');
      },
    },
    {
      id: 'upload-overwrite',
      tries: 'have an upload overwrite a file that a name of the uploads folder links to',
      held: 'an upload takes a name that is free, never through a link',
      run: ({ host }) =>
        `${CALM} mkdir uploads; ln -s '${host.file}' uploads/report.txt; ln -s '${host.folder}/planted2' uploads/new.txt; ls -l uploads`,
      check: async (world) => {
        await world.upload('report.txt', 'planted by the red team');
        await world.upload('new.txt', 'planted by the red team');
        return world.hostFileChanged() || world.hostFolderHas('planted2');
      },
    },
    {
      id: 'odd-names',
      tries: 'break headers and pages of a download by a file’s name',
      held: 'names are encoded, content is an attachment and never rendered',
      run: `${CALM} printf '<script>alert(1)</script>' > 'x";filename=evil.html'; printf y > $'a\\nb.html'; cp 'x";filename=evil.html' page.html; ls`,
      check: async (world) => {
        const replies = await Promise.all(['x";filename=evil.html', 'page.html'].map((path) => world.downloadHeaders(path)));
        return replies.some(
          (headers) =>
            headers === null ||
            !headers.get('content-disposition')?.startsWith('attachment') ||
            /;filename=evil/.test((headers.get('content-disposition') ?? '').replaceAll(/"[^"]*"/g, '')) ||
            headers.get('x-content-type-options') !== 'nosniff',
        );
      },
    },
    {
      id: 'git-settings',
      tries: 'have git run a program on the host when the user looks at the changes (`core.fsmonitor`, filters, `diff.external`, textconv)',
      held: 'git runs inside the sandbox',
      run: ({ host, system }) => `${CALM} mkdir repository && cd repository && git init -q . &&
printf '#!/bin/sh\ncat ${host.file} "${system.dataDir}/master.key" >> "%s" 2>&1\ncat\n' "$PWD/../loot" > ../evil && chmod +x ../evil &&
for key in core.fsmonitor filter.evil.clean filter.evil.smudge filter.evil.process diff.external diff.evil.command diff.evil.textconv core.sshCommand core.pager; do
  git config $key "'$PWD/../evil'"; done
echo '* filter=evil diff=evil' > .gitattributes; echo one > file; git -c core.fsmonitor= -c filter.evil.clean= -c filter.evil.process= add -f file .gitattributes
git -c core.fsmonitor= -c filter.evil.clean= -c filter.evil.process= -c user.name=x -c user.email=x@x commit -qm one; echo two > file; rm -f ../loot; git config core.fsmonitor`,
      worksUnisolated: true,
      check: async (world) => {
        await world.looksAtChanges('repository/file');
        return await leaks(world, ['loot']);
      },
    },
    {
      id: 'forged-log',
      tries: 'forge lines of the server’s log, and clear the operator’s terminal, by names of files',
      held: 'the log is JSON, a line for each entry',
      run: `mkdir -p $'forged \\e[2J\\nforged line'; echo x > $'forged \\e[2J\\nforged line/\\e[2Jfile'; ls -b`,
      check: async (world) => {
        const name = 'forged \u001b[2J\nforged line';
        await Promise.all([world.list(name), world.download(name), world.download(`${name}/missing`), world.looksAtChanges(name)]);
        return world.system.output.includes('\u001b[2J') || /^forged line/m.test(world.system.output);
      },
    },
  ],
};
