import { ActionIcon, Button, Group, Menu, Text, useMantineColorScheme } from '@mantine/core';
import { IconKeyboard, IconLogout, IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { signOut } from './sign-out.ts';
import { useWhoami } from './use-whoami.ts';

/** Who is signed in, and what they can change about it. */
export function AccountMenu({ onHelp }: { readonly onHelp: () => void }): ReactElement {
  const { setColorScheme, colorScheme } = useMantineColorScheme();
  const me = useWhoami();
  const other = colorScheme === 'dark' ? 'light' : 'dark';
  return (
    <Group gap="xs" wrap="nowrap">
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={`Change to ${other} colours`}
        onClick={() => setColorScheme(other)}
      >
        {other === 'dark' ? <IconMoon size={18} aria-hidden /> : <IconSun size={18} aria-hidden />}
      </ActionIcon>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <Button variant="default" leftSection={<IconUser size={18} aria-hidden />}>
            <Text size="sm" truncate maw={160}>
              {me.name}
            </Text>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{me.id}</Menu.Label>
          <Menu.Item
            component={Link}
            to="/account"
            leftSection={<IconUser size={16} aria-hidden />}
          >
            Sign-ins
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={onHelp}>
            Keys
          </Menu.Item>
          <Menu.Item
            leftSection={<IconLogout size={16} aria-hidden />}
            onClick={() => void signOut()}
          >
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
